/** Where the migrator tells what it does, a line at a time. */
export interface MigrationLog {
  info(line: string): void
  error(line: string): void
}
