-- Brands that are shown too little
-- The share of the views that a brand gets, beside its share of the products (1 = just as much). Below 0.8, and selling no worse than others when seen, a brand needs marketing. The 30 lowest with enough data.
-- empty: No brand has enough views to be compared.
SELECT brand, primary_class, exposure_index, viewers, v2p, v2p_q
FROM brand_gaps
WHERE NOT insufficient_data AND exposure_index IS NOT NULL
ORDER BY exposure_index, brand
LIMIT 30
