-- connection: utf8mb4_unicode_ci
-- Created by a connection whose collation is the columns': what takes the connection's collation is harmless.
DELIMITER //
CREATE PROCEDURE casts_on_connection(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = CAST(p AS CHAR(50)) OR symbol = CONVERT(p, CHAR(50))//
CREATE PROCEDURE literal_on_connection() BEGIN SET @corpus_c = 'S7'; SELECT id FROM orders WHERE symbol = @corpus_c; END//
CREATE PROCEDURE json_table_on_connection(d JSON) SELECT o.id FROM orders o JOIN JSON_TABLE(d, '$[*]' COLUMNS (s VARCHAR(20) PATH '$.s')) j ON j.s = o.symbol//
CREATE PROCEDURE still_equals(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = p//
DELIMITER ;
