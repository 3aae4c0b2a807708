export { MYSQL_ERROR_CODES, MysqlError, type MysqlErrorCode } from "./mysql-error.ts";
