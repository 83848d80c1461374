print("cachesync")
