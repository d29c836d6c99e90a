"""One folder per platform, all alike: card, sign-in, client, mapping; callers cannot tell vendors apart."""
