-- sql_mode: NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES
DELIMITER //
CREATE PROCEDURE nbe_doubled(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id, account FROM entries WHERE account = ''', REPLACE(p, '''', ''''''), ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE nbe_quote(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id, account FROM entries WHERE account = ', QUOTE(p)); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE nbe_backslash(p VARCHAR(20)) SELECT '\' AS b, id FROM entries WHERE account = p//
DELIMITER ;
