"""What each column of the database holds: the one place where it is said, and `manage.py columns` sees that it is.

A new column belongs under one of the four. In the clear may stand ids, codes, times, counts, digests, what is published
anyway, and the names of clients, staff and parts of the service as whoever acts; never anything about the people of a
report. Foreign keys, and ids that are made here, speak for themselves.
"""

from collections.abc import Mapping

from identity.columns import Via

OF_REPORT = "report__key"

# Sealed under the data key to which this path leads, at the place `table.column:pk`.
SEALED: Mapping[str, str | Via] = {
    "identity.OrganisationNumber.value": "person__key",
    "identity.Person.record": "key",
    "identity.Person.traits": "key",
    "identity.SecondFactor.sealed": "key",
    "tellusonce.Answers.sealed": OF_REPORT,
    "tellusonce.Confirmation.sealed": Via("delivery_id", "tellusonce.Delivery", OF_REPORT),
    "tellusonce.Delivery.known_as": OF_REPORT,
    "tellusonce.Draft.sealed": OF_REPORT,
    "tellusonce.Evidence.sealed": OF_REPORT,
    "tellusonce.Notice.sealed": "key",
    "tellusonce.Registration.sealed": "key",
}

# Blind indexes under a versioned key, and what makes a row's anew when that key is replaced.
INDEXED: Mapping[str, str] = {
    "identity.BlockKey.value": "identity.matching.indexed_anew",
    "identity.OrganisationNumber.value_index": "identity.numbers.indexed_anew",
    "tellusonce.FindingKey.value": "tellusonce.finding.index_anew",
    "tellusonce.Registration.number_index": "tellusonce.registrations.index_anew",
}

# Keyed digests, of which there is one key for good: of requests, codes and whole records.
BLIND = (
    "identity.Invitation.code",
    "identity.ProviderLink.subject",
    "identity.RecoveryCode.digest",
    "identity.Tries.key",
    "identity.UsedAssertion.mark",
    "tellusonce.Batch.digest",
    "tellusonce.Confirmation.mark",
    "tellusonce.Delivery.content_digest",
    "tellusonce.InvitedAdult.code",
    "tellusonce.Registration.mark",
    "tellusonce.WriteKey.request_digest",
)

PLAIN: Mapping[str, str] = {
    # Of Django and of django-oauth-toolkit; tokens are kept as digests.
    "contenttypes.ContentType": "app_label model",
    "auth.Group": "name",
    "auth.Permission": "name codename",
    "oauth2_provider.AccessToken": "token token_checksum expires scope resource created updated",
    "oauth2_provider.DeviceGrant": "device_code user_code scope interval expires status client_id last_checked",
    "oauth2_provider.Grant": (
        "code expires redirect_uri scope created updated code_challenge code_challenge_method nonce claims resource"
    ),
    "oauth2_provider.IDToken": "expires scope created updated",
    "oauth2_provider.RefreshToken": "token token_checksum resource created updated revoked",
    # Of whoever signs in: a login is a name that the service gives.
    "identity.Account": "password last_login login is_active created_at",
    "identity.Appointment": "role organisation made_at",
    "identity.Client": (
        "client_id redirect_uris post_logout_redirect_uris client_type authorization_grant_type client_secret "
        "hash_client_secret name skip_authorization created updated algorithm allowed_origins registration_source "
        "cimd_expires_at organisation scopes revoked_at former_secret former_secret_until jwks certificates "
        "webhook_keys requests_per_minute"
    ),
    "identity.ProviderLink": "provider linked_at",
    "identity.RecoveryCode": "used_at",
    "identity.SecondFactor": "confirmed_at last_step",
    "identity.Session": "session_key session_data expire_date",
    "identity.Tries": "door failures last_at",
    "identity.UsedAssertion": "expires_at",
    # The ledger and the keys.
    "identity.Access": "at actor organisation on_behalf_of action about purpose on transaction digest",
    "identity.DataKey": "wrapped master_version created_at destroyed_at stage renewed_at",
    "identity.LedgerBlock": "number ids marks highest_id up_to_transaction sealed_at previous digest head",
    # People, by their ids.
    "identity.BlockKey": "number",
    "identity.Consent": "person purpose audience number act wording language taken_by at receipt",
    "identity.Doubt": "about bits evidence cautions weights people_needed answer raised_at decided_at",
    "identity.Invitation": "person purposes until made_by made_at expires_at closed_at",
    "identity.Mandate": "person helper purposes granted_by granted_at until",
    "identity.MandateEnding": "ended_by ended_at",
    "identity.Merge": "at taken_back_at",
    "identity.Opinion": "by organisation answer at",
    "identity.OrganisationNumber": "organisation scheme learnt_from learnt_at",
    "identity.Person": "revision created_at",
    "identity.Pseudonym": "organisation value",
    # The catalogue, which is published: owners and contacts are those of a service.
    "tellusonce.Agreement": (
        "slug number kind fields lawful_basis article_9_condition tells_from_registration is_required in_force_from "
        "in_force_until document_reference"
    ),
    "tellusonce.Area": "code name nation postcodes",
    "tellusonce.CatalogueProposal": (
        "wanted warnings digest state reason proposed_by proposed_at decided_by decided_at"
    ),
    "tellusonce.CatalogueVersion": "digest applied_at applied_by agreements before after",
    "tellusonce.Organisation": "slug name",
    "tellusonce.Postcode": "code district county nation is_terminated",
    "tellusonce.Recipient": (
        "slug name serves nation owner contact confirm_within_days assured_by assured_until in_flight rate_per_second "
        "opening_hours is_active"
    ),
    "tellusonce.Rehearsal": "message is_fetched opened_at closes_at fetched_at said",
    "tellusonce.Route": "number adapter address settings documents detects_duplicates digest",
    # The skeleton of reports.
    "tellusonce.Answers": "number closed_at",
    "tellusonce.Batch": "read_at read_by registrations updates",
    "tellusonce.Draft": "saved_at",
    "tellusonce.Enquiry": "by way cause logged_by logged_at",
    "tellusonce.Evidence": "type recorded_by recorded_at",
    "tellusonce.FindingKey": "path",
    "tellusonce.Instruction": "recipients given_by given_at",
    "tellusonce.InvitedAdult": "place invited_at expires_at answer answered_at",
    "tellusonce.KeptReport": "kept_at",
    "tellusonce.Registration": "is_update recorded_at",
    "tellusonce.Report": "reference kind state organisation started_by started_at expires_at submitted_at",
    "tellusonce.WriteKey": "client key status answer used_at",
    # Deliveries and notices.
    "tellusonce.Attempt": "number fence digest started_at",
    "tellusonce.Confirmation": "outcome actions came_by given_by occurred_at recorded_at",
    "tellusonce.Delivery": (
        "purpose sequence state reason outcome fields due_at leased_until fence tries crashes escalated_at confirm_by "
        "created_at sent_at closed_at"
    ),
    "tellusonce.DeliveryNumber": "sequence purpose",
    "tellusonce.Lane": "name fence leased_until",
    "tellusonce.Mailbox": ("paused_at paused_by pause_reason failures openings open_until reply_ms tokens refilled_at"),
    "tellusonce.Mark": "name until",
    "tellusonce.Notice": (
        "cause kind by language state reason due_at leased_until fence tries created_at expires_at sent_at arrival "
        "arrival_at"
    ),
    "tellusonce.NoticeAttempt": "number fence channel started_at",
    "tellusonce.NoticeResult": "outcome code was_overtaken took_ms finished_at",
    "tellusonce.Pause": "kind paused_at paused_by reason",
    "tellusonce.Result": "outcome code was_overtaken took_ms finished_at",
}
