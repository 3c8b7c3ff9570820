"""The settings of a SOAP endpoint: which operation, how it is filled, how both sides prove who they are."""

from typing import Literal, Self

from pydantic import Field, model_validator

from adapters import credentials, envelopes, options, securing, wsdls, xml_keys


class FaultRule(credentials.Settings):
    """What a fault means here; the first that fits counts.

    `code` is a whole code, `contains` a part of its text, `detail` the name of an element in its detail.
    """

    code: str = Field("", max_length=200)
    contains: str = Field("", max_length=200)
    detail: str = Field("", max_length=200)
    means: Literal["duplicate", "transient", "throttled", "ambiguous", "refused", "misconfigured"]

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not (self.code or self.contains or self.detail):
            raise ValueError("says nothing of the fault; give `code`, `contains`, `detail` or several of them")
        return self

    def fits(self, fault: envelopes.Fault) -> bool:
        """Whether it is this fault; without regard to case."""
        has_code = not self.code or self.code.lower() in {code.lower() for code in fault.codes}
        has_detail = not self.detail or self.detail.lower() in {name.lower() for name in fault.detail}
        return has_code and has_detail and self.contains.lower() in fault.text.lower()


class Options(options.Common):
    """Settings of a SOAP endpoint: which operation of which document, and how it is filled."""

    wsdl: str = Field(min_length=1, max_length=500, description="The name of the WSDL among the route's documents")
    operation: str = Field(min_length=1, max_length=200)
    service: str = Field("", max_length=200, description="Needed where the WSDL has several")
    port: str = Field("", max_length=200, description="Needed where the service has several")
    mapping: options.Mapping = Field(description="The operation's arguments")
    headers: options.Mapping | None = Field(None, description="The header blocks that the WSDL declares, by part name")
    validates: bool = Field(default=True, description="Whether what is said is checked against the schemas first")
    reply: options.Mapping | None = Field(None, description="What they said they did, from {status, body}")
    faults: tuple[FaultRule, ...] = Field((), max_length=100, description="What their faults mean; the first that fits")
    auth: credentials.Auth | None = Field(None, description="How we authenticate")
    security: securing.Security | None = Field(None, description="WS-Security: how the message itself says who we are")
    addressing: bool | None = Field(None, description="Whether WS-Addressing is used; by default if the WSDL asks")
    signed_by: xml_keys.Pem | None = Field(None, description="By whose certificates replies have to be signed")

    @property
    def wanted(self) -> wsdls.Wanted:
        """Which operation, as the documents' loader wants to know it."""
        return wsdls.Wanted(self.wsdl, self.operation, self.service, self.port)

    def is_addressed(self, operation: wsdls.Operation) -> bool:
        """Whether WS-Addressing is used for this operation."""
        return operation.wants_addressing if self.addressing is None else self.addressing
