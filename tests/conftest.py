"""The real pipeline, loaded once for all tests."""

import pytest


@pytest.fixture(scope="session")
def nlp():
    """The whole pipeline with the shipped model."""
    import extractor

    return extractor.load()
