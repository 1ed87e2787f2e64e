"""The real pipeline, loaded once for all tests."""

import pytest


@pytest.fixture(scope="session")
def nlp():
    """The whole pipeline with the shipped model."""
    import extractor

    return extractor.load()


@pytest.fixture(scope="session")
def plain():
    """The pipeline by rules alone, without the judge."""
    import extractor

    return extractor.load(judge=False)
