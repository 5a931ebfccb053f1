"""How fast the client and the sandbox are, against Fingerprint's own SDKs and the bare network: `make bench`."""
