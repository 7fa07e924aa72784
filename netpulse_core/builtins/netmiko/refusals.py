"""How each family of platforms says that it refuses a line, at the beginning of a line of its answer.

The words are those of the vendors' own command references; netmiko itself detects no refused line without a pattern.
Keys are the families of `platforms`.
"""

_CISCO = (
    # IOS, NX-OS, EOS and those who learned from them; EXOS doubles the percent sign
    r"%%? ?(?:Invalid|Incomplete|Ambiguous|Un(?:known|recognized|available)|Bad|Command|There is no matched"
    r"|Permission denied|Authorization|Not authorized|Access denied|Error|Cannot|Type |Illegal|Not allowed"
    r"|bad parameter|missing mandatory|Wrong number|\(after |Parameter error|Failed)"
    r"|%Error|Command (?:authorization|rejected|not found)|Authorization failed|ERROR: |Cmd exec error"
    r"|Syntax error while parsing"
    # ArubaOS-CX, ProCurve and FastIron say it without one
    r"|(?:Invalid|Incomplete|Ambiguous) (?:input|command)|Un(?:known|recognized) command|Cannot execute command"
)
_CISCO_NOTICES = (
    r"warning|note|info|generating|appl(?:y|ied)|access vlan does not exist|default route without gateway|portfast"
    r"|no configuration changes to commit|the key modulus|login disabled on line|use 'write' command"
    r"|.*\bdeprecated\b|.*\bremoved due to\b"
)
_CISCO_CONFIGURATION = (
    # Whatever a percent sign announces stops the push, but for the known notices and log messages, whose shape is
    # `%SYS-5-CONFIG_I`: capitals alone tell none, as `%VRF specified does not exist` begins with some.
    rf"%(?![A-Z0-9_-]+-\d-)(?!(?i: ?(?:{_CISCO_NOTICES})))[ A-Za-z]"
    # IOS, NX-OS and FRR refuse some lines without a percent sign, and so they do with saving.
    r"|Bad mask |Bad IP |[Cc]ommand failed|password is weak|Not a valid |Operation failed"
    r"|.*open failed|Configuration update aborted|.*[Pp]ermission denied"
    r"|BGP (?:is already running|instance )|Can't |Can ?not |Could not |Configuration failed|Failed |Malformed "
    r"|No such |There is already |Unable to |Unknown |Invalid |[Ee]rror[: ]|Command rejected|Module not present"
)
_JUNOS = (
    r"\s*(?:syntax error|unknown command|error:|missing (?:argument|mandatory)|invalid |permission denied"
    r"|'.*' is ambiguous|Value .* is not within)"
)
_VRP = (
    r"\s*(?:\^?\s*Error ?:|% ?(?:Unrecognized|Incomplete|Ambiguous|Wrong|Too many|Invalid|Unknown|Permission denied"
    r"|Parameter error)|Permission denied|Failure: )"
)
_SHELL = (
    r"\S*sh: .*(?:not found|[Pp]ermission denied|[Ss]yntax error).*|ERROR: |sudo: "
    r"|.* is not (?:in the sudoers file|allowed to execute)"
)
_OTHERS = (
    r"Error[:!] |Unknown (?:action|command)|Command (?:fail|not found)|[Ss]yntax [Ee]rror|CLI Error"
    r"|Incorrect (?:usage|input)"
    # FortiOS
    r"|(?:command|value) parse error|(?:ambiguous|incomplete) command|entry not found"
    r"|object (?:set|check) operator error|node_check_object fail|attribute '.*' MUST be set"
    # SR OS and SR Linux
    r"|(?:MINOR|MAJOR|CRITICAL): [A-Z_]+ |Parsing error: "
    # PAN-OS
    r"|Invalid syntax|Server error ?:|Validation [Ee]rror"
    # RouterOS
    r"|bad command name|expected (?:end of command|command name)|no such item|failure: |invalid value |ambiguous value "
    r"|input does not match any value|value of \S+ (?:expects|must|out of range)"
    # Gaia, tmsh, SAOS, ScreenOS, APC, D-Link
    r"|[A-Z]{6}\d{4}\s|\d{8}:\d: |Unexpected Error|Data Input Error|SHELL PARSER FAILURE|\s*\^-+|E1\d\d: "
    r"|Next possible completions:"
)  # fmt: skip
_OTHER = rf"{_CISCO}|{_JUNOS}|{_OTHERS}"

REFUSES = {
    "cisco": _CISCO,
    "junos": _JUNOS,
    "vrp": _VRP,
    "vyos": rf"\s*(?:Invalid|Incomplete|Ambiguous) command|{_SHELL}",
    "shell": _SHELL,
    "other": _OTHER,
}
"""Answers to a line that reads."""

REFUSES_CONFIGURATION = {
    **REFUSES,
    "cisco": rf"{_CISCO_CONFIGURATION}|{_CISCO}",
    "vyos": (
        r"\s*(?:Invalid |Incomplete |Ambiguous |Set failed|Configuration (?:path:|system )|Delete failed|Commit failed"
        rf"|Value validation failed|Number is not in|Cannot )|\s*\[\[.*\]\] failed|{_SHELL}"
    ),
    "other": rf"{_OTHER}|{_CISCO_CONFIGURATION}",
}
"""Answers to a configuration line."""
