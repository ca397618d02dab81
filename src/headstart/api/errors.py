"""What this door refuses by itself."""

from headstart.errors import Invalid


class UploadInvalid(Invalid):
    """An upload is not a zip of one report folder, or breaks a bound."""

    code = "upload-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the upload is not a report: {why}; send a zip of the report's folder")
