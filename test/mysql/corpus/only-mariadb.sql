DELIMITER //
CREATE PROCEDURE for_record() FOR r IN (SELECT symbol FROM orders WHERE id = 7) DO SELECT COUNT(*) AS n FROM orders WHERE symbol = r.symbol; END FOR//
CREATE PROCEDURE for_range() FOR i IN 1..2 DO SELECT id FROM orders WHERE qty = i; END FOR//
CREATE PROCEDURE immediately(p VARCHAR(100)) EXECUTE IMMEDIATE CONCAT('SELECT id FROM orders WHERE symbol = ''', p, '''')//
CREATE PROCEDURE immediately_chosen(p VARCHAR(100), n INT) BEGIN SET @corpus_sql = 'SELECT id FROM orders WHERE qty < 9'; IF n > 4 THEN SET @corpus_sql = CONCAT(@corpus_sql, ' AND symbol <> ''', p, ''''); END IF; EXECUTE IMMEDIATE @corpus_sql; END//
CREATE PROCEDURE collate_alone(p VARCHAR(20) COLLATE utf8mb4_unicode_ci) SELECT id FROM orders WHERE symbol = p//
CREATE PROCEDURE anchored(p TYPE OF orders.symbol) SELECT id FROM orders WHERE symbol = p//
DELIMITER ;
