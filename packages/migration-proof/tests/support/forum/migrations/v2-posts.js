// @ts-check
/** @type {import('migration-proof').Migration} */
export const v2Posts = {
  version: 2,
  name: 'posts',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE post (
        id TEXT PRIMARY KEY NOT NULL,
        member INTEGER NOT NULL,
        title TEXT NOT NULL,
        body TEXT,
        made_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (member) REFERENCES member (id) ON DELETE CASCADE
      );
      CREATE INDEX post_member ON post (member)
    `)
  },
}
