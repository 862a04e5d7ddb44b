"""The words by which contracts say what they mean; every list may be extended without touching a rule."""

from __future__ import annotations

from colonnade.spec.english import word_set

# Last segments of a path that name a way of asking, not a thing that is kept.
STOP_SEGMENTS = word_set(
    """
    auth login logout signin signout sign-in sign-out signup sign-up register registration oauth oauth2 sso callback
    token tokens access-token refresh refresh-token password reset-password forgot-password change-password
    verify verification confirm confirmation
    health healthz healthcheck livez readyz ready live ping status version info docs openapi
    stats statistics stat summary overview analytics metrics dashboard report reports count counts total totals
    search query lookup autocomplete suggest suggestions recommendations find filter
    export import download upload preview validate
    feed timeline popular trending recent latest top featured random related similar upcoming all list
    bulk batch sync me self current whoami webhook webhooks callbacks events-stream stream
    qr qrcode thumbnail raw leaderboard leaderboards ranking rankings scoreboard standings insights trends usage
    progress availability
    """
)
# First segments that only address the service.
PREFIX_SEGMENTS = word_set("api apis rest public internal private")

# Last segments that repeat what the method says, with the methods for which they do.
VERB_SEGMENTS = {
    **dict.fromkeys(("create", "add", "new", "store"), ("POST",)),
    **dict.fromkeys(("update", "edit", "modify"), ("PUT", "PATCH")),
    **dict.fromkeys(("delete", "remove", "destroy"), ("DELETE",)),
    **dict.fromkeys(("get", "list", "all", "view", "show", "detail", "details", "fetch", "index"), ("GET",)),
}
CURRENT_USER_SEGMENTS = word_set("me self current whoami")
USER_NOUNS = word_set("user account member profile person")
FEED_SEGMENTS = word_set("feed timeline home-timeline")
REGISTER_SEGMENTS = word_set("register registration signup sign-up")
LOGIN_SEGMENTS = word_set("login signin sign-in token tokens access-token session sessions authenticate")
SEARCH_SEGMENTS = word_set("search find lookup query autocomplete")

# What a number of this name counts or orders, though a thing may be called so too.
PLAIN_NUMBERS = word_set("order position number version count index level rank status type year size score value")
# What a user is called where a field refers to one.
USER_SYNONYMS = word_set(
    """
    user author owner creator created_by creator_user created_by_user posted_by uploaded_by submitted_by
    assignee assigned_to assigned_user reporter reported_by reviewer reviewed_by approver approved_by
    updated_by modified_by last_modified_by deleted_by edited_by closed_by completed_by initiated_by invited_by
    sender recipient publisher manager requester requested_by commenter uploader editor
    """
)
# Those that mean whose row it is.
# What arrays of users are called.
PEOPLE = word_set(
    """
    user member participant attendee assignee follower collaborator contributor guest player reviewer watcher
    subscriber invitee owner admin author moderator
    """
)
OWNER_WORDS = ("user", "owner", "author", "creator", "created_by", "account", "posted_by", "uploaded_by", "member")
ASSIGNEE_WORDS = word_set("assignee assigned_to assigned_user reviewer approver recipient")
TENANT_NOUNS = word_set("organization organisation org tenant workspace company team account")

# Verbs by which one user marks another thing: a row of its own per user and thing.
MARKING_VERBS = word_set(
    """
    favorite favourite like dislike follow star bookmark subscribe upvote downvote vote watch save block mute join
    clap heart endorse recommend wishlist attend rsvp dismiss
    """
)
# Their opposites that are not `un` + verb.
OPPOSITES = {"leave": "join", "unfavorite": "favorite", "unfavourite": "favourite"}

# A list's wrapper and what else a response carries that is not the thing itself.
ENVELOPE_WORDS = word_set(
    """
    total count totals counts total_count total_items total_elements total_pages total_size num_pages pages page
    page_number page_size page_count page_info per_page current_page last_page first_page
    limit offset skip size has_more has_next has_previous has_prev more next previous prev first last self
    next_cursor prev_cursor previous_cursor cursor cursors next_page prev_page previous_page next_page_token page_token
    next_token continuation_token next_link prev_link previous_link next_url prev_url
    meta metadata_page links _links pagination paging facets aggregations warnings errors error
    success status status_code code message messages msg detail service resource operation request_id trace_id
    timestamp took took_ms elapsed_ms _raw raw items_on_page object jsonapi included
    pageable sort number empty number_of_elements page_index has_next_page has_previous_page has_prev_page next_page_url
    prev_page_url first_page_url last_page_url path from to paging_counter
    """
)
DATA_WORDS = word_set("data result results payload item items body response content record records value values")
CREDENTIAL_WORDS = word_set(
    """
    token access_token refresh_token id_token jwt auth_token session_token bearer token_type expires_in expires_at
    access_token_expires_at expires scope
    """
)
ISSUED_CREDENTIALS = word_set("token access_token refresh_token id_token jwt auth_token session_token bearer_token")
LINK_WORDS = word_set("links _links self href _self")

CREATED_NAMES = word_set(
    """
    created_at created created_on created_date created_time create_time creation_date creation_time date_created
    inserted_at added_at
    """
)
UPDATED_NAMES = word_set(
    """
    updated_at updated updated_on updated_date updated_time update_time last_updated last_updated_at modified_at
    modified modified_on last_modified last_modified_at date_modified date_updated
    """
)
DELETED_NAMES = word_set("deleted_at deleted_on delete_time deletion_date date_deleted removed_at")
VERSION_NAMES = word_set("version row_version lock_version revision")

MONEY_WORDS = word_set(
    """
    price amount cost fee fees balance salary budget revenue subtotal tax refund wage payment charge deposit
    fare earnings income expense discount_amount total_amount grand_total msrp
    """
)
INEXACT_WORDS = word_set(
    "latitude longitude lat lng lon score rating ratio weight percent percentage probability radius"
)

TIME_RELATIVE = word_set(
    "overdue expired expiring late past_due due_soon upcoming is_new stale ago age time_left days_left"
)
DERIVED_DESCRIPTION = (
    "computed",
    "calculated",
    "derived from",
    "true if",
    "has passed",
    "number of seconds between",
    "mirrors",
)
# The vocabulary of rate limits: the ceiling and the reset follow from configuration and clock.
QUOTA_SUFFIXES = ("_allowed", "_limit", "_quota", "_remaining", "_ceiling")
QUOTA_PREFIXES = ("max_", "remaining_", "allowed_")
QUOTA_RESETS = word_set("reset_date reset_at resets_at reset_time next_reset next_reset_at reset_on")

NATURAL_KEYS = ("slug", "code", "sku", "isbn", "barcode", "name", "title", "email", "username", "number", "key")
LOGIN_NAMES = ("email", "username", "login", "user_name", "phone", "phone_number", "email_address")
DISPLAY_TEXTS = ("title", "name", "description", "content", "body", "summary", "text", "subject", "label", "username")

# Query parameters that shape the answer and touch no stored field.
PAGE_SIZES = word_set("limit size page_size per_page pagesize perpage take top first max_results max count page_limit")
OFFSETS = word_set("offset skip start start_index from_index")
PAGE_NUMBERS = word_set("page page_number page_no pagenumber page_index p")
CURSORS = word_set(
    "cursor page_token next_token continuation_token starting_after ending_before next_cursor page_cursor"
)
SORTS = word_set("sort sort_by order_by ordering orderby sortby order sort_field sort_key")
DIRECTIONS = word_set("sort_order sort_direction direction dir order_direction sort_dir orderdirection order")
SEARCHES = word_set("q query search keyword keywords term search_term text search_text filter_text s")
REPRESENTATIONS = word_set(
    """
    fields include includes expand embed embeds format locale lang language_code raw pass_through pretty view read_mask
    update_mask timezone tz with select exclude callback include_total include_count show_total
    validate_only request_id force allow_missing dry_run
    """
)
EXPRESSIONS = word_set("filter filters where criteria filter_expression")

RANGE_LOW = word_set("from min gte gt after since start begin above minimum ge")
RANGE_HIGH = word_set("to max lte lt before until end below maximum le")
