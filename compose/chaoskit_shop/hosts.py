"""The host names that the fake providers answer under: the real ones, or the shop's own."""

STRIPE = "api.stripe.com"
ADYEN = "checkout-test.adyen.com"
OPENAI = "api.openai.com"
ANTHROPIC = "api.anthropic.com"
AUTH0 = "example.auth0.com"
CDN_A = "cdn-a.shop.example"
CDN_B = "cdn-b.shop.example"
S3_EAST = "s3.us-east-1.amazonaws.com"
S3_WEST = "s3.us-west-2.amazonaws.com"
BANK = "bank.shop.example"

HOSTS = (STRIPE, ADYEN, OPENAI, ANTHROPIC, AUTH0, CDN_A, CDN_B, S3_EAST, S3_WEST, BANK)
