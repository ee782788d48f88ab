-- Public: analysts query these tables. All counters are BIGINT, NULL = not known. All instants are UTC.
-- No keys, indexes or sequences: the same SQL has to run on DuckLake, which has none.

CREATE TABLE businesses (
    business_id BIGINT NOT NULL,
    name        VARCHAR NOT NULL,
    timezone    VARCHAR NOT NULL
);

CREATE TABLE accounts (
    account_id   BIGINT NOT NULL,
    business_id  BIGINT NOT NULL,
    platform     VARCHAR NOT NULL,
    external_id  VARCHAR NOT NULL,
    name         VARCHAR,
    handle       VARCHAR,
    url          VARCHAR,
    avatar_url   VARCHAR,
    connected_at TIMESTAMP NOT NULL
);

CREATE TABLE posts (
    account_id    BIGINT NOT NULL,
    post_id       VARCHAR NOT NULL,
    kind          VARCHAR NOT NULL,
    text          VARCHAR,
    permalink     VARCHAR,
    media_url     VARCHAR,
    hashtags      VARCHAR[],
    published_at  TIMESTAMP NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at  TIMESTAMP NOT NULL,
    gone_at       TIMESTAMP
);

CREATE TABLE post_metrics (
    account_id  BIGINT NOT NULL,
    post_id     VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    impressions BIGINT,
    reach       BIGINT,
    likes       BIGINT,
    comments    BIGINT,
    shares      BIGINT,
    saves       BIGINT,
    clicks      BIGINT,
    video_views BIGINT,
    engagements BIGINT,
    run_id      BIGINT,
    source      VARCHAR NOT NULL
);

CREATE TABLE post_latest AS SELECT * FROM post_metrics;

CREATE TABLE account_metrics (
    account_id       BIGINT NOT NULL,
    day              DATE NOT NULL,
    observed_at      TIMESTAMP NOT NULL,
    followers        BIGINT,
    followers_gained BIGINT,
    followers_lost   BIGINT,
    impressions      BIGINT,
    reach            BIGINT,
    profile_views    BIGINT,
    clicks           BIGINT,
    link_clicks      BIGINT,
    video_views      BIGINT,
    engagements      BIGINT,
    likes            BIGINT,
    comments         BIGINT,
    shares           BIGINT,
    saves            BIGINT,
    run_id           BIGINT,
    source           VARCHAR NOT NULL
);

CREATE TABLE account_daily AS SELECT * FROM account_metrics;

CREATE TABLE observations (
    account_id   BIGINT NOT NULL,
    data_set     VARCHAR NOT NULL,
    observed_at  TIMESTAMP NOT NULL,
    covered_from TIMESTAMP,
    covered_to   TIMESTAMP,
    metrics      VARCHAR[],
    run_id       BIGINT,
    source       VARCHAR NOT NULL
);

CREATE TABLE metric_events (
    platform VARCHAR NOT NULL,
    metric   VARCHAR NOT NULL,
    day      DATE NOT NULL,
    event    VARCHAR NOT NULL,
    note     VARCHAR
);
