"""Jobs: orders as a file, answered part by part by workflows that survive any process."""
