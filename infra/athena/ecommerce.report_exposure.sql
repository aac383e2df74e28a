-- Brands that are shown too little
-- The share of the views that a brand gets, beside its share of the products (1 = just as much). Below 0.8, and selling no worse than others when seen, a brand needs marketing. The 30 lowest with enough data.
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
