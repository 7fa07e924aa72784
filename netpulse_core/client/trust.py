"""Whose certificates a client believes: those the system does, or exactly one."""

import ssl


def trust(url: str, given: ssl.SSLContext | None) -> ssl.SSLContext:
    """Return what judges the certificate of a service: what was given, else what the system believes.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` say it in the system's place, as they do to everything that uses OpenSSL.
    """
    if given is not None:
        return given
    if not url.lower().startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # believes nobody: to read the system's takes some 20 ms
    return ssl.create_default_context()


def only(certificate: str) -> ssl.SSLContext | None:
    """Return what believes whoever holds the key of this one certificate (PEM), by whatever name; None for no text.

    It is for a service on this machine, asked at an address that its certificate is not for.
    """
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate itself is known, so its name proves nothing more
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it is believed itself, and not who issued it
    context.load_verify_locations(cadata=certificate)
    return context
