-- Visits per day
-- Visits and visitors by UTC day; at most the last 90 days.
-- empty: There are no visits yet.
-- day: UTC day.
-- visits: Visits of the day.
-- visitors: Visitors of the day.
SELECT CAST(visited_at AS DATE) AS day, count(*) AS visits, count(DISTINCT user_id) AS visitors
FROM clean_visits
WHERE CAST(visited_at AS DATE) > (SELECT date_add(CAST(max(visited_at) AS DATE), -90) FROM clean_visits)
GROUP BY CAST(visited_at AS DATE)
ORDER BY day
