"""Orders that need more than one parcel: the question of one package, asked of subsets."""
