-- Columns of narrower character sets: nothing fails, and the index is not used.
DELIMITER //
CREATE PROCEDURE latin1_equals(p VARCHAR(20)) SELECT id FROM orders WHERE isin = p//
CREATE PROCEDURE latin1_in(p VARCHAR(20)) SELECT id FROM orders WHERE isin IN ('US7', p)//
CREATE PROCEDURE utf8mb3_equals(p VARCHAR(20)) SELECT id FROM orders WHERE memo = p//
CREATE PROCEDURE utf8mb3_like(p VARCHAR(20)) SELECT id FROM orders WHERE memo LIKE p//
CREATE PROCEDURE latin1_update(p VARCHAR(20)) UPDATE orders SET qty = qty WHERE isin = p//
CREATE PROCEDURE latin1_local() BEGIN DECLARE v VARCHAR(20) DEFAULT 'US7'; SELECT id FROM orders WHERE isin = v; END//
CREATE PROCEDURE latin1_temporary()
BEGIN
  DROP TEMPORARY TABLE IF EXISTS isins;
  CREATE TEMPORARY TABLE isins (s VARCHAR(20));
  INSERT INTO isins VALUES ('US7');
  SELECT o.id FROM isins w STRAIGHT_JOIN orders o ON o.isin = w.s;
END//
CREATE PROCEDURE latin1_hashed() SELECT COUNT(*) AS n FROM orders WHERE isin = SHA2(symbol, 256) OR isin = LOWER(CONV(qty, 10, 16))//
CREATE PROCEDURE latin1_declared(p VARCHAR(20) CHARACTER SET latin1) SELECT id FROM orders WHERE isin = p//
CREATE PROCEDURE latin1_literal() SELECT id FROM orders WHERE isin = 'US7'//
CREATE PROCEDURE latin1_projected(p VARCHAR(20)) SELECT isin = p AS same FROM orders WHERE id = 7//
-- One _bin side: both servers can still search by the index.
CREATE PROCEDURE bin_against_ci(p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) SELECT id FROM orders WHERE symbol = p//
DELIMITER ;
