-- Brands: views and assortment
-- The brand's share of views divided by its share of products (1 = equal). A brand below 0.8 that does not sell significantly worse than others when viewed needs marketing (awareness gap). The lowest brands with enough data; at most 30 in the table, 20 in the chart.
CREATE OR REPLACE VIEW ecommerce.report_exposure AS
SELECT
  brand,
  primary_class,
  exposure_index,
  viewers,
  v2p,
  v2p_q
FROM ecommerce.brand_gaps AS brand_gaps
WHERE
  NOT insufficient_data AND NOT exposure_index IS NULL
ORDER BY
  exposure_index NULLS FIRST,
  brand NULLS FIRST
LIMIT 30
