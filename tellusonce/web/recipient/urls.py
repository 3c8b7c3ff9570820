"""Where the pages of recipients' officers are."""

from django.urls import URLPattern, path

from tellusonce.web.recipient import bulks, filed, linked, listed, messages

urlpatterns: list[URLPattern] = [
    path("inbox", listed.listed, name="inbox"),
    path("inbox/list.csv", listed.download, name="inbox-download"),
    path("inbox/answers", bulks.answer, name="inbox-answers"),
    path("inbox/answered", bulks.answered, name="inbox-answered"),
    path("inbox/files", filed.taken, name="inbox-files"),
    path("inbox/files/answers", filed.answers, name="inbox-file-answers"),
    path("waiting/<str:token>", linked.linked, name="linked"),
    path("inbox/messages/<uuid:delivery_id>", messages.message, name="message"),
]
