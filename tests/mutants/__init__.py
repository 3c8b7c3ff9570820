"""The service with something wrong in it on purpose, to see that a journey finds it.

Each module is a settings module: the demo is started with it as DJANGO_SETTINGS_MODULE.
"""
