"""The host names that the fake providers answer under: the real providers' own."""

STRIPE = "api.stripe.com"
ADYEN = "checkout-test.adyen.com"
OPENAI = "api.openai.com"
AUTH0 = "example.auth0.com"

HOSTS = (STRIPE, ADYEN, OPENAI, AUTH0)
