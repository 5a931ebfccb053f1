"""Both official packages under short names."""

import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the v3 package says on import that it is deprecated
    import fingerprint_pro_server_api_sdk
    import fingerprint_server_sdk

v3: Any = fingerprint_pro_server_api_sdk
v4: Any = fingerprint_server_sdk
