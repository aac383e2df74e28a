-- Visitors per week: new, staying, back, gone
-- Above the line who came, below it who came the week before and stayed away; at most the last 53 weeks. Pale: a part of the week is not known, and who stays away in it is not drawn.
CREATE OR REPLACE VIEW ecommerce.report_lifecycle AS
SELECT
  week,
  state,
  visitors,
  partial
FROM ecommerce.visitor_lifecycle AS visitor_lifecycle
WHERE
  week > (
    SELECT
      DATE_ADD('DAY', -371, CAST(CAST(MAX(week) AS TIMESTAMP) AS DATE))
    FROM ecommerce.visitor_lifecycle AS visitor_lifecycle
  )
ORDER BY
  week NULLS FIRST,
  state NULLS FIRST
