"""What a plan costs, before anything is bought."""
