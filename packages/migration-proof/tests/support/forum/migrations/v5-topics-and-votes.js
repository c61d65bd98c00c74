// @ts-check
/** @type {import('migration-proof').Migration} */
export const v5TopicsAndVotes = {
  version: 5,
  name: 'topics and votes',
  up: (connection) => {
    connection.exec(`
      CREATE TABLE topic (
        name TEXT PRIMARY KEY NOT NULL,
        post TEXT REFERENCES post (id) ON DELETE SET NULL,
        colour TEXT NOT NULL DEFAULT 'grey'
      );
      CREATE TABLE vote (
        topic TEXT NOT NULL,
        member INTEGER NOT NULL,
        stars INTEGER NOT NULL DEFAULT 0,
        CONSTRAINT vote_on_topic FOREIGN KEY (topic) REFERENCES topic (name) ON DELETE CASCADE,
        PRIMARY KEY (topic, member)
      ) WITHOUT ROWID;
      CREATE INDEX topic_post ON topic (post)
    `)
  },
}
