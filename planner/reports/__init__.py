"""Plans as pages for people: facts first (frames), then charts (SVG), then one HTML file that opens offline."""
