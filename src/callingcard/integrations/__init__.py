"""The library inside a customer's web app: one file a framework, loaded only by its users.

``door`` decides what all of them answer, ``account`` what a signed-in account says.
"""
