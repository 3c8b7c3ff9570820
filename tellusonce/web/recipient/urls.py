"""Where the pages of recipients' officers are."""

from django.urls import URLPattern, path

from tellusonce.web.recipient import bulks, listed, messages

urlpatterns: list[URLPattern] = [
    path("inbox", listed.listed, name="inbox"),
    path("inbox/list.csv", listed.download, name="inbox-download"),
    path("inbox/answers", bulks.answer, name="inbox-answers"),
    path("inbox/answered", bulks.answered, name="inbox-answered"),
    path("inbox/messages/<uuid:delivery_id>", messages.message, name="message"),
]
