"""The doors of the service, one file each."""
