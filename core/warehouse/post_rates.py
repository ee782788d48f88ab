"""What is the engagement of a post, and its rate, by the rule of its business? Pieces of SQL that the queries of posts share."""

FOLLOWERS_MAY_BE_OLD = 3
"""A post's followers are those of its day, or the last ones seen at most so many days before."""

ASKED = """
    asked AS MATERIALIZED (
        SELECT unnest($accounts::BIGINT[]) AS account_id, unnest($from_ats::TIMESTAMP[]) AS from_at,
            unnest($before_ats::TIMESTAMP[]) AS before_at, unnest($zones::VARCHAR[]) AS zone, unnest($bases::VARCHAR[]) AS base,
            unnest($adds_clicks::BOOLEAN[]) AS adds_clicks, unnest($day_zones::VARCHAR[]) AS day_zone
    )
"""
"""The accounts: their spans, and how their business counts. `day_zone` is the one the platform cuts its days in."""

FOLLOWED = f"""
    followed AS MATERIALIZED (
        SELECT account_id, day + back::INTEGER AS on_day, arg_min(followers, back) AS followers
        FROM account_daily JOIN asked USING (account_id), range({FOLLOWERS_MAY_BE_OLD + 1}) AS backs(back)
        WHERE base = 'followers' AND followers IS NOT NULL GROUP BY ALL
    )
"""  # noqa: S608  # a constant of ours
"""By account and day: the followers as last seen then. Read for those alone whose rate is by followers."""

MEASURED_POSTS = """
    posts AS p JOIN asked USING (account_id) LEFT JOIN post_latest AS l USING (account_id, post_id)
    LEFT JOIN followed AS f ON f.account_id = p.account_id
        AND f.on_day = CASE WHEN base = 'followers' THEN (p.published_at AT TIME ZONE 'UTC' AT TIME ZONE day_zone)::DATE END
"""
"""The posts of the asked accounts, what is known of each, and its followers; needs ASKED and FOLLOWED."""

ENGAGEMENTS = "CASE WHEN adds_clicks THEN l.engagements + l.clicks ELSE l.engagements END"
"""NULL where the clicks count and are not known."""

RATE = f"""
    ({ENGAGEMENTS}) / nullif(CASE base WHEN 'impressions' THEN l.impressions WHEN 'reach' THEN l.reach ELSE f.followers END, 0)
"""
