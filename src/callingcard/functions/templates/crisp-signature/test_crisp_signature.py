"""What is signed; `callingcard functions test` runs this."""


def test_the_address_of_the_proof_is_signed(run_function):
    """The page gets the pair that Crisp takes."""
    signature = "f" * 64
    assert run_function.as_visitor("ada@example.com")() == ["ada@example.com", signature]


def test_nothing_is_signed_for_a_visitor_without_an_address(run_function):
    """The signature of nothing would be anybody's."""
    nobody = run_function.as_visitor("", user_id="7")
    assert nobody() is None
    assert nobody.calls == ()
