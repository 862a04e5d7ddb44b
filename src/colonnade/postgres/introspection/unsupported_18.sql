-- Since Postgres 18
UNION ALL
SELECT 'WITHOUT OVERLAPS or PERIOD of ' || shown
FROM constraints WHERE conperiod
UNION ALL
SELECT 'NOT ENFORCED of ' || shown
FROM constraints WHERE NOT conenforced
