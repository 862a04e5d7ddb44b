-- The whole schema, for an empty database. All or nothing:
--   psql -X -v ON_ERROR_STOP=1 --single-transaction -f schema.sql

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE authors (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    born_in    smallint,
    name       text                     NOT NULL,
    CONSTRAINT pk_authors PRIMARY KEY (id),
    CONSTRAINT ck_authors_born_in_range CHECK (born_in BETWEEN -3000 AND 2100),
    CONSTRAINT ck_authors_name_length CHECK (char_length(name) BETWEEN 1 AND 200)
);
CREATE INDEX ix_authors_created_at ON authors (created_at DESC, id DESC);
CREATE INDEX ix_authors_name_trgm ON authors USING gin (name gin_trgm_ops);

CREATE TABLE publishers (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    name       text                     NOT NULL,
    country    text,
    CONSTRAINT pk_publishers PRIMARY KEY (id),
    CONSTRAINT ck_publishers_country_pattern CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_publishers_name_length CHECK (char_length(name) BETWEEN 1 AND 200)
);
CREATE INDEX ix_publishers_created_at ON publishers (created_at DESC, id DESC);
CREATE UNIQUE INDEX uq_publishers_name ON publishers (lower(name));

CREATE TABLE books (
    id           bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at   timestamp with time zone NOT NULL DEFAULT now(),
    updated_at   timestamp with time zone NOT NULL DEFAULT now(),
    publisher_id bigint,
    published_on date,
    pages        smallint,
    isbn         text                     NOT NULL,
    title        text                     NOT NULL,
    language     text                     NOT NULL,
    CONSTRAINT pk_books PRIMARY KEY (id),
    CONSTRAINT uq_books_isbn UNIQUE (isbn),
    CONSTRAINT ck_books_isbn_pattern CHECK (isbn ~ '^97[89][0-9]{10}$'),
    CONSTRAINT ck_books_language_pattern CHECK (language ~ '^[a-z]{2}$'),
    CONSTRAINT ck_books_pages_range CHECK (pages BETWEEN 1 AND 20000),
    CONSTRAINT ck_books_title_length CHECK (char_length(title) BETWEEN 1 AND 500),
    CONSTRAINT fk_books_publisher_id_publishers
        FOREIGN KEY (publisher_id) REFERENCES publishers (id) ON DELETE SET NULL
);
CREATE INDEX ix_books_created_at ON books (created_at DESC, id DESC);
CREATE INDEX ix_books_language_title ON books (language, title, id);
CREATE INDEX ix_books_published_on ON books (published_on DESC, id DESC);
CREATE INDEX ix_books_publisher_id_title ON books (publisher_id, title, id);
CREATE INDEX ix_books_title ON books (title, id);
CREATE INDEX ix_books_title_trgm ON books USING gin (title gin_trgm_ops);

CREATE TABLE book_authors (
    book_id   bigint NOT NULL,
    author_id bigint NOT NULL,
    CONSTRAINT pk_book_authors PRIMARY KEY (book_id, author_id),
    CONSTRAINT fk_book_authors_author_id_authors
        FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE CASCADE,
    CONSTRAINT fk_book_authors_book_id_books
        FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE
);
CREATE INDEX ix_book_authors_author_id_book_id ON book_authors (author_id, book_id);

CREATE TABLE subjects (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    name       text                     NOT NULL,
    CONSTRAINT pk_subjects PRIMARY KEY (id),
    CONSTRAINT ck_subjects_name_length CHECK (char_length(name) BETWEEN 1 AND 80)
);
CREATE INDEX ix_subjects_created_at ON subjects (created_at DESC, id DESC);
CREATE UNIQUE INDEX uq_subjects_name ON subjects (lower(name));

CREATE TABLE book_subjects (
    book_id    bigint NOT NULL,
    subject_id bigint NOT NULL,
    CONSTRAINT pk_book_subjects PRIMARY KEY (book_id, subject_id),
    CONSTRAINT fk_book_subjects_book_id_books
        FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE,
    CONSTRAINT fk_book_subjects_subject_id_subjects
        FOREIGN KEY (subject_id) REFERENCES subjects (id) ON DELETE CASCADE
);
CREATE INDEX ix_book_subjects_subject_id_book_id ON book_subjects (subject_id, book_id);

CREATE TABLE branches (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    opens_at   time without time zone,
    closes_at  time without time zone,
    code       text                     NOT NULL,
    name       text                     NOT NULL,
    address    text                     NOT NULL,
    CONSTRAINT pk_branches PRIMARY KEY (id),
    CONSTRAINT uq_branches_code UNIQUE (code),
    CONSTRAINT ck_branches_address_length CHECK (char_length(address) BETWEEN 1 AND 400),
    CONSTRAINT ck_branches_code_pattern CHECK (code ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_branches_name_length CHECK (char_length(name) BETWEEN 1 AND 120)
);

CREATE TABLE copies (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    branch_id  bigint                   NOT NULL,
    book_id    bigint                   NOT NULL,
    barcode    text                     NOT NULL,
    condition  text                     NOT NULL DEFAULT 'good',
    price      numeric(19,2),
    CONSTRAINT pk_copies PRIMARY KEY (id),
    CONSTRAINT uq_copies_barcode UNIQUE (barcode),
    CONSTRAINT ck_copies_barcode_pattern CHECK (barcode ~ '^[0-9]{14}$'),
    CONSTRAINT ck_copies_condition_values CHECK (condition IN ('new', 'good', 'worn', 'withdrawn')),
    CONSTRAINT ck_copies_price_range CHECK (price BETWEEN 0 AND 100000),
    CONSTRAINT fk_copies_book_id_books FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE,
    CONSTRAINT fk_copies_branch_id_branches
        FOREIGN KEY (branch_id) REFERENCES branches (id) ON DELETE RESTRICT
);
CREATE INDEX ix_copies_book_id_created_at ON copies (book_id, created_at DESC, id DESC);
CREATE INDEX ix_copies_branch_id ON copies (branch_id);

CREATE TABLE members (
    id          bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at  timestamp with time zone NOT NULL DEFAULT now(),
    updated_at  timestamp with time zone NOT NULL DEFAULT now(),
    branch_id   bigint                   NOT NULL,
    born_on     date,
    card_number text                     NOT NULL,
    name        text                     NOT NULL,
    email       text                     NOT NULL,
    standing    text                     NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (id),
    CONSTRAINT uq_members_card_number UNIQUE (card_number),
    CONSTRAINT ck_members_card_number_pattern CHECK (card_number ~ '^[0-9]{10}$'),
    CONSTRAINT ck_members_email_email CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
    CONSTRAINT ck_members_email_length CHECK (char_length(email) <= 254),
    CONSTRAINT ck_members_name_length CHECK (char_length(name) BETWEEN 1 AND 160),
    CONSTRAINT ck_members_standing_values CHECK (standing IN ('good', 'suspended', 'closed')),
    CONSTRAINT fk_members_branch_id_branches
        FOREIGN KEY (branch_id) REFERENCES branches (id) ON DELETE RESTRICT
);
CREATE INDEX ix_members_branch_id_created_at ON members (branch_id, created_at DESC, id DESC);
CREATE INDEX ix_members_created_at ON members (created_at DESC, id DESC);
CREATE INDEX ix_members_name_trgm ON members USING gin (name gin_trgm_ops);
CREATE INDEX ix_members_standing_created_at ON members (standing, created_at DESC, id DESC);
CREATE UNIQUE INDEX uq_members_email ON members (lower(email));

CREATE TABLE loans (
    id          bigint                   GENERATED ALWAYS AS IDENTITY,
    lent_at     timestamp with time zone NOT NULL,
    created_at  timestamp with time zone NOT NULL DEFAULT now(),
    updated_at  timestamp with time zone NOT NULL DEFAULT now(),
    copy_id     bigint                   NOT NULL,
    member_id   bigint                   NOT NULL,
    returned_at timestamp with time zone,
    due_on      date                     NOT NULL,
    renewals    smallint                 NOT NULL DEFAULT 0,
    status      text,
    CONSTRAINT pk_loans PRIMARY KEY (id),
    CONSTRAINT ck_loans_renewals_range CHECK (renewals BETWEEN 0 AND 5),
    CONSTRAINT ck_loans_status_values CHECK (status IN ('out', 'returned', 'lost')),
    CONSTRAINT fk_loans_copy_id_copies FOREIGN KEY (copy_id) REFERENCES copies (id) ON DELETE RESTRICT,
    CONSTRAINT fk_loans_member_id_members
        FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE RESTRICT
);
CREATE INDEX ix_loans_copy_id_lent_at ON loans (copy_id, lent_at DESC, id DESC);
CREATE INDEX ix_loans_due_on ON loans (due_on, id);
CREATE INDEX ix_loans_lent_at ON loans (lent_at DESC, id DESC);
CREATE INDEX ix_loans_member_id_lent_at ON loans (member_id, lent_at DESC, id DESC);
CREATE INDEX ix_loans_status_lent_at ON loans (status, lent_at DESC, id DESC);

CREATE TABLE fines (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    loan_id    bigint                   NOT NULL,
    paid_at    timestamp with time zone,
    amount     numeric(19,2)            NOT NULL,
    reason     text                     NOT NULL,
    CONSTRAINT pk_fines PRIMARY KEY (id),
    CONSTRAINT ck_fines_amount_range CHECK (amount BETWEEN 0.01 AND 10000),
    CONSTRAINT ck_fines_reason_values CHECK (reason IN ('late', 'damaged', 'lost')),
    CONSTRAINT fk_fines_loan_id_loans FOREIGN KEY (loan_id) REFERENCES loans (id) ON DELETE CASCADE
);
CREATE INDEX ix_fines_loan_id_created_at ON fines (loan_id, created_at DESC, id DESC);

CREATE TABLE reservations (
    id           bigint                   GENERATED ALWAYS AS IDENTITY,
    requested_at timestamp with time zone NOT NULL,
    created_at   timestamp with time zone NOT NULL DEFAULT now(),
    updated_at   timestamp with time zone NOT NULL DEFAULT now(),
    book_id      bigint                   NOT NULL,
    member_id    bigint                   NOT NULL,
    branch_id    bigint                   NOT NULL,
    expires_on   date,
    status       text,
    CONSTRAINT pk_reservations PRIMARY KEY (id),
    CONSTRAINT ck_reservations_status_values
        CHECK (status IN ('waiting', 'ready', 'collected', 'cancelled')),
    CONSTRAINT fk_reservations_book_id_books
        FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE RESTRICT,
    CONSTRAINT fk_reservations_branch_id_branches
        FOREIGN KEY (branch_id) REFERENCES branches (id) ON DELETE RESTRICT,
    CONSTRAINT fk_reservations_member_id_members
        FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE RESTRICT
);
CREATE INDEX ix_reservations_book_id ON reservations (book_id);
CREATE INDEX ix_reservations_branch_id ON reservations (branch_id);
CREATE INDEX ix_reservations_member_id_requested_at ON reservations (member_id, requested_at, id);
CREATE INDEX ix_reservations_requested_at ON reservations (requested_at, id);
CREATE INDEX ix_reservations_status_requested_at ON reservations (status, requested_at, id);

CREATE TABLE reviews (
    id         bigint                   GENERATED ALWAYS AS IDENTITY,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    book_id    bigint                   NOT NULL,
    member_id  bigint                   NOT NULL,
    rating     smallint                 NOT NULL,
    text       text,
    CONSTRAINT pk_reviews PRIMARY KEY (id),
    CONSTRAINT uq_reviews_book_id_member_id UNIQUE (book_id, member_id),
    CONSTRAINT ck_reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT ck_reviews_text_length CHECK (char_length(text) <= 4000),
    CONSTRAINT fk_reviews_book_id_books FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE,
    CONSTRAINT fk_reviews_member_id_members
        FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE RESTRICT
);
CREATE INDEX ix_reviews_book_id_created_at ON reviews (book_id, created_at DESC, id DESC);
CREATE INDEX ix_reviews_book_id_rating ON reviews (book_id, rating DESC, id DESC);
CREATE INDEX ix_reviews_member_id ON reviews (member_id);

CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER authors_set_updated_at
    BEFORE UPDATE ON authors
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER publishers_set_updated_at
    BEFORE UPDATE ON publishers
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER books_set_updated_at
    BEFORE UPDATE ON books
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER subjects_set_updated_at
    BEFORE UPDATE ON subjects
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER branches_set_updated_at
    BEFORE UPDATE ON branches
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER copies_set_updated_at
    BEFORE UPDATE ON copies
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER members_set_updated_at
    BEFORE UPDATE ON members
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER loans_set_updated_at
    BEFORE UPDATE ON loans
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER fines_set_updated_at
    BEFORE UPDATE ON fines
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER reservations_set_updated_at
    BEFORE UPDATE ON reservations
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TRIGGER reviews_set_updated_at
    BEFORE UPDATE ON reviews
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Comments

COMMENT ON COLUMN branches.code IS 'Short code of the branch';
COMMENT ON FUNCTION set_updated_at() IS 'Keeps updated_at at the time of the last update.';
