-- Brands: views and assortment
-- The brand's share of views divided by its share of products (1 = equal). A brand below 0.8 that does not sell
--    significantly worse than others when viewed needs marketing (awareness gap). The lowest brands with enough data;
--    at most 30 in the table, 20 in the chart.
-- empty: No brand has enough views to compare.
SELECT brand, primary_class, exposure_index, viewers, v2p, v2p_q
FROM brand_gaps
WHERE NOT insufficient_data AND exposure_index IS NOT NULL
ORDER BY exposure_index, brand
LIMIT 30
