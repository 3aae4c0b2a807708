-- The tables of the corpus. Their collation is not the database's: that is the trap.
CREATE TABLE corpus_shop.orders (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  symbol VARCHAR(20) NOT NULL DEFAULT '',
  note VARCHAR(200) NULL,
  status ENUM('new', 'done') NOT NULL DEFAULT 'new',
  flags SET('a', 'b') NULL,
  code VARCHAR(20) COLLATE utf8mb4_bin NULL,
  isin CHAR(12) CHARACTER SET latin1 NULL,
  memo VARCHAR(50) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NULL,
  qty INT NULL,
  price DECIMAL(19,6) NULL,
  placed DATETIME NULL,
  doc JSON NULL,
  KEY by_symbol (symbol), KEY by_code (code), KEY by_isin (isin), KEY by_memo (memo), KEY by_qty (qty), FULLTEXT KEY by_note (note)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE corpus_shop.audit (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  what VARCHAR(200) NULL,
  KEY by_what (what)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE corpus_shop.trades (
  id INT NOT NULL PRIMARY KEY,
  symbol VARCHAR(20) NOT NULL,
  note VARCHAR(200) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE corpus_shop.`odd ``table` (
  `a column` VARCHAR(20) NULL,
  KEY (`a column`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE corpus_ledger.entries (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  account VARCHAR(30) NOT NULL,
  owner VARCHAR(30) NOT NULL,
  amount DECIMAL(19,6) NOT NULL,
  KEY by_account (account), KEY by_owner (owner)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO corpus_shop.orders (symbol, note, status, flags, code, isin, memo, qty, price, placed, doc)
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 400)
SELECT CONCAT('S', i), CONCAT('note ', i), 'new', 'a', CONCAT('C', i), CONCAT('US', i), CONCAT('M', i), i, i / 7, '2030-01-01 00:00:00', '{"s": "S7"}' FROM n;

INSERT INTO corpus_ledger.entries (account, owner, amount)
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200)
SELECT CONCAT('A', i), CONCAT('owner', i % 10), i / 3 FROM n;

INSERT INTO corpus_shop.`odd ``table` VALUES ('S7');
INSERT INTO corpus_shop.trades VALUES (7, 'S7', NULL);
