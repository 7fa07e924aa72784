"""The nouns and their legal moves: plain data, no file, socket, thread or clock."""
