// @ts-check
/** @type {import('migration-proof').Migration} */
export const v3PostsByTitle = {
  version: 3,
  name: 'posts by title',
  up: (connection) => connection.exec('CREATE INDEX post_title ON post (title, made_at DESC)'),
}
