# The one interface: people and CI call the same recipes.
#   make demo   a populated community on this machine
#   make test   every test           make lint   format, clippy, licences, committed queries
#   make bench  the figures          make soak   the long runs, benches/SOAK.md
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: demo test lint bench soak sqlx tools postgres browser

# A place that the user PostgreSQL runs as can enter, wherever the checkout is.
export TEST_DATA := $(or $(TMPDIR),/tmp)/hustings-test-$(shell id -u)
HUSTINGS := target/debug/hustings
WITH_POSTGRES := HUSTINGS_DATA_DIR=$(TEST_DATA) $(HUSTINGS) dev-postgres --

demo: postgres
	cargo run --release --locked --quiet -- demo

test: tools
	cargo build --locked --quiet
	$(WITH_POSTGRES) cargo nextest run --locked --workspace --no-fail-fast
	cargo test --locked --workspace --doc --quiet
	$(MAKE) browser

browser: tools
	cargo build --locked --quiet
	cd tests/browser && node --test

lint: postgres
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	tests/tools/licences
	tests/tools/sqlx check

# Writes .sqlx anew after a query or a migration has changed.
sqlx: postgres
	tests/tools/sqlx write

bench: postgres
	cargo build --locked --release --quiet
	tests/tools/bench

soak:
	@tests/tools/install soak
	tests/tools/soak

tools: postgres
	tests/tools/install everything

postgres:
	@tests/tools/install postgres
