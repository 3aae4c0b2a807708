DELIMITER //
CREATE PROCEDURE json_arrow(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE doc->>'$.s' = p OR doc->'$.s' = p//
CREATE PROCEDURE row_alias(p VARCHAR(20)) INSERT INTO orders (id, symbol) VALUES (7, p) AS fresh ON DUPLICATE KEY UPDATE qty = IF(orders.symbol = fresh.symbol, 7, orders.qty)//
DELIMITER ;
