-- Brands: views against assortment
-- The share of the views that a brand gets, beside its share of the products (1 = just as much). Below 0.8, and not selling significantly worse than others when seen, a brand needs marketing (awareness gap). The lowest with enough data; at most 30 in the table, 20 in the chart.
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
