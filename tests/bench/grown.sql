-- What the engine leaves in thirteen months. Variables: now_at, days, posts (of an account), snapshots (of a post).
-- chance(a, b, c) is the same number between 0 and 1 every time.
CREATE TEMP MACRO chance(a, b, c) AS (hash(a, b, c) % 1000003) / 1000003.0;

INSERT INTO posts
WITH numbered AS (
    SELECT account_id, platform, number,
        date_trunc('second', getvariable('now_at') - to_days(getvariable('days')::INTEGER)
            + to_seconds(getvariable('days') * 86400 * (number + chance(account_id, number, 1)) / getvariable('posts'))) AS published_at
    FROM accounts, range(getvariable('posts')) AS numbers(number)
)
SELECT account_id, printf('urn:li:share:%019d', account_id * 1000000 + number),
    list_extract(CASE platform
        WHEN 'instagram' THEN ['image', 'carousel', 'reel', 'image', 'video']
        WHEN 'x' THEN ['text', 'link', 'image', 'text', 'video']
        ELSE ['image', 'link', 'text', 'video', 'carousel'] END, 1 + (hash(account_id, number, 2) % 5)::INTEGER),
    'Post ' || number || ' of this page: ' || repeat('what we have done for you this week, ', 1 + (hash(account_id, number, 3) % 16)::INTEGER),
    'https://example.com/posts/' || account_id || '/' || number,
    'https://example.com/pictures/' || account_id || '/' || number || '.jpg',
    list_distinct(['topic' || hash(account_id, number, 4) % 40, 'topic' || hash(account_id, number, 5) % 300, 'brand' || account_id // 4]),
    published_at, published_at + INTERVAL 20 MINUTE, getvariable('now_at'), NULL
FROM numbered WHERE published_at < getvariable('now_at') - INTERVAL 1 HOUR
ORDER BY account_id, published_at;

INSERT INTO post_metrics
WITH grown AS (
    SELECT account_id, platform, post_id, published_at, look,
        published_at + to_hours((CASE WHEN look < 48 THEN look + 1 ELSE 24 * (look - 45) END)::BIGINT) AS observed_at,
        (300 + 20000 * pow(chance(account_id, post_id, 6), 4)) * (1 + account_id % 7) AS final,
        0.01 + 0.05 * chance(account_id, post_id, 7) AS share
    FROM posts JOIN accounts USING (account_id), range(getvariable('snapshots')) AS looks(look)
),
seen AS (
    SELECT *, (final * (1 - exp(-date_diff('hour', published_at, observed_at) / 30.0)))::BIGINT + look AS impressions
    FROM grown WHERE observed_at <= getvariable('now_at')
),
counted AS (
    SELECT *, (impressions * 0.8)::BIGINT AS reach, (impressions * share)::BIGINT AS likes, (impressions * share / 9)::BIGINT AS comments,
        (impressions * share / 14)::BIGINT AS shares, (impressions * share / 20)::BIGINT AS saves,
        (impressions * share / 2)::BIGINT AS clicks, (impressions * 0.3)::BIGINT AS video_views,
        (impressions * share * 1.23)::BIGINT AS engagements
    FROM seen
)
SELECT account_id, post_id, observed_at, {post_counters}, date_diff('hour', TIMESTAMP '2025-01-01', observed_at), 'api'
FROM counted ORDER BY account_id, post_id, observed_at;

INSERT INTO post_latest
FROM post_metrics SEMI JOIN (
    SELECT account_id, post_id, max(observed_at) AS observed_at FROM post_metrics GROUP BY ALL
) USING (account_id, post_id, observed_at) ORDER BY account_id, post_id;

INSERT INTO account_metrics
WITH known AS (
    SELECT account_id, platform, back, version, (getvariable('now_at')::DATE - back::INTEGER) AS day,
        2000 * (1 + account_id % 9) + (getvariable('days') - back) * (1 + account_id % 5) AS followers,
        (800 + 300 * (account_id % 11)) * (1 + 0.3 * sin(back * 0.9)) * (0.7 + 0.6 * chance(account_id, back, 8)) AS shown
    FROM accounts, range(getvariable('days')) AS days(back), range(3) AS versions(version)
    WHERE NOT (account_id % 10 = 3 AND back % 91 BETWEEN 40 AND 42 AND platform <> 'x')
),
counted AS (
    SELECT *, (shown * (0.9 + version / 20.0))::BIGINT AS impressions, (shown * 0.7)::BIGINT AS reach, (shown / 20)::BIGINT AS profile_views,
        (shown / 30)::BIGINT AS clicks, (shown / 60)::BIGINT AS link_clicks, (shown / 5)::BIGINT AS video_views,
        (shown / 25)::BIGINT AS engagements, (shown / 35)::BIGINT AS likes, (shown / 180)::BIGINT AS comments,
        (shown / 220)::BIGINT AS shares, (shown / 300)::BIGINT AS saves, 3 + account_id % 5 AS followers_gained, 2 AS followers_lost
    FROM known
),
told AS (SELECT account_id, day, version, back, {day_counters} FROM counted)
SELECT account_id, day, day + to_hours((30 + 24 * version)::BIGINT) AS observed_at,
    COLUMNS(* EXCLUDE (account_id, day, version, back)), back, 'api'
FROM told ORDER BY account_id, day, version;

INSERT INTO account_daily
FROM account_metrics QUALIFY row_number() OVER (PARTITION BY account_id, day ORDER BY observed_at DESC) = 1 ORDER BY account_id, day;

INSERT INTO observations
WITH looks AS (
    SELECT account_id, platform, hour, getvariable('now_at') - to_hours(hour::BIGINT) AS observed_at
    FROM range(getvariable('days') * 24) AS hours(hour), accounts WHERE platform <> 'linkedin' OR hour % 2 = 0
),
told AS (
    SELECT *, unnest(['profile', 'posts', 'post_metrics', 'account_days']) AS data_set, unnest(range(4)) AS place FROM looks
)
SELECT account_id, data_set, observed_at,
    CASE data_set WHEN 'posts' THEN observed_at - to_days(CASE WHEN hour % 168 = 0 THEN getvariable('days') WHEN hour % 24 = 0 THEN 90 ELSE 7 END::INTEGER)
        WHEN 'account_days' THEN date_trunc('day', observed_at) - INTERVAL 5 DAY ELSE observed_at END,
    CASE data_set WHEN 'account_days' THEN date_trunc('day', observed_at) - INTERVAL 1 DAY ELSE observed_at END,
    CASE data_set WHEN 'profile' THEN ['followers'] WHEN 'post_metrics' THEN [{post_names}] WHEN 'account_days' THEN [{day_names}] ELSE [] END,
    date_diff('hour', TIMESTAMP '2025-01-01', observed_at), 'api'
FROM told WHERE data_set <> 'account_days' OR (hour % 6 = 0 AND platform IN ({has_days}))
ORDER BY observed_at, account_id, place;

INSERT INTO covered
SELECT account_id, data_set, max(observed_at), min(covered_from), max(covered_to) FROM observations GROUP BY ALL ORDER BY ALL;

INSERT INTO metric_events VALUES ('facebook', 'reach', getvariable('now_at')::DATE - 200, 'redefined', 'account_day');
