/**
 * The migrators of other tools, each with its stock dialect and a small history. Every task applies all of it to a file, by
 * the driver that it is given under the name of better-sqlite3.
 */
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

const titleOf = (name) => `Notes of ${name}`

/** The migrations of kysely. */
export const kyselyMigrations = {
  '001_authors': {
    up: async (db) => {
      await db.schema
        .createTable('author')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('name', 'text', (column) => column.notNull())
        .execute()
      await db
        .insertInto('author')
        .values([{ name: 'Ada' }, { name: 'Grace' }])
        .execute()
    },
  },
  '002_books': {
    up: async (db) => {
      await db.schema
        .createTable('book')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('author_id', 'integer', (column) => column.notNull().references('author.id'))
        .addColumn('title', 'text', (column) => column.notNull().defaultTo(''))
        .execute()
      await db.transaction().execute(async (transaction) => {
        for (const { id, name } of await transaction.selectFrom('author').selectAll().execute())
          await transaction
            .insertInto('book')
            .values({ author_id: id, title: titleOf(name) })
            .returning('id')
            .executeTakeFirstOrThrow()
      })
      const { numUpdatedRows } = await db
        .updateTable('book')
        .set({ title: 'Notes' })
        .where('id', '=', 1)
        .executeTakeFirst()
      if (numUpdatedRows !== 1n) throw new Error(`updated ${numUpdatedRows}`)
    },
  },
}

async function openKysely(file) {
  const { Kysely, SqliteDialect } = await import('kysely')
  return new Kysely({ dialect: new SqliteDialect({ database: new Database(file) }) })
}

export async function kysely({ file }) {
  const { Migrator } = await import('kysely')
  const db = await openKysely(file)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => kyselyMigrations } })
  const { error, results } = await migrator.migrateToLatest()
  await db.destroy()
  if (error) throw error
  return results.map(({ migrationName, status }) => `${migrationName} ${status}`)
}

/** One migration, without the migrator of kysely. */
export async function kyselyUp({ name }) {
  const db = await openKysely('app.db')
  await kyselyMigrations[name].up(db)
  await db.destroy()
}

const knexMigrations = {
  '001_authors.js': {
    up: async (knex) => {
      await knex.schema.createTable('author', (table) => {
        table.increments('id')
        table.string('name').notNullable()
        table.boolean('is_kept').defaultTo(true)
      })
      await knex('author').insert([{ name: 'Ada', is_kept: false }, { name: 'Grace' }])
    },
  },
  '002_books.js': {
    up: async (knex) => {
      await knex.schema.createTable('book', (table) => {
        table.increments('id')
        table.integer('author_id').notNullable().references('author.id').onDelete('CASCADE')
        table.string('title', 40)
      })
      for (const { id, name } of await knex('author').select('*'))
        await knex('book')
          .insert({ author_id: id, title: titleOf(name) })
          .returning('id')
      await knex.schema.alterTable('author', (table) => {
        table.string('name', 80).nullable().alter()
        table.dropColumn('is_kept')
      })
    },
  },
  '003_index.js': {
    config: { transaction: false },
    up: (knex) => knex.schema.alterTable('book', (table) => table.unique(['author_id', 'title'])),
  },
}

async function openKnex(file, client = 'better-sqlite3') {
  const { default: createKnex } = await import('knex')
  return createKnex({ client, connection: { filename: file }, useNullAsDefault: true })
}

export async function knex({ file, client }) {
  const knex = await openKnex(file, client)
  const migrationSource = {
    getMigrations: async () => Object.keys(knexMigrations),
    getMigrationName: (name) => name,
    getMigration: async (name) => ({ down: async () => {}, ...knexMigrations[name] }),
  }
  try {
    const [batch, names] = await knex.migrate.latest({ migrationSource })
    return { batch, names }
  } finally {
    await knex.destroy()
  }
}

/** One migration, without the migrator of knex. */
export async function knexUp({ name }) {
  const knex = await openKnex('app.db')
  try {
    await knexMigrations[name].up(knex)
  } finally {
    await knex.destroy()
  }
}

export async function drizzle({ file }) {
  const { drizzle } = await import('drizzle-orm/better-sqlite3')
  const { migrate } = await import('drizzle-orm/better-sqlite3/migrator')
  const { integer, sqliteTable, text } = await import('drizzle-orm/sqlite-core')
  const { eq } = await import('drizzle-orm')
  const client = new Database(file)
  const db = drizzle(client)
  migrate(db, { migrationsFolder: fileURLToPath(new URL('drizzle', import.meta.url)) })
  const author = sqliteTable('author', { id: integer('id'), name: text('name') })
  const book = sqliteTable('book', {
    id: integer('id'),
    authorId: integer('author_id'),
    title: text('title'),
  })
  // Both have an id: it reads rows as lists.
  const rows = await db.select().from(author).innerJoin(book, eq(book.authorId, author.id)).orderBy(book.id)
  client.close()
  return rows
}

/** Tools that a project opens once, for all its migrations. */
const shared = {}

export async function sharedTools({ text }) {
  shared.kysely ??= await openKysely('app.db')
  shared.knex ??= await openKnex('app.db')
  const { id } = await shared.kysely.insertInto('note').values({ text }).returning('id').executeTakeFirst()
  await shared.knex.transaction((transaction) =>
    transaction('note')
      .update({ text: `${text}!` })
      .where({ id }),
  )
  return shared.knex('note').pluck('text')
}

async function typeormMigrations() {
  const { Table, TableColumn } = await import('typeorm')
  class Authors1700000000000 {
    async up(runner) {
      await runner.createTable(
        new Table({
          name: 'author',
          columns: [
            {
              name: 'id',
              type: 'integer',
              isPrimary: true,
              isGenerated: true,
              generationStrategy: 'increment',
            },
            { name: 'name', type: 'varchar', isNullable: false },
            { name: 'age', type: 'integer', isNullable: true },
          ],
        }),
      )
      await runner.query('INSERT INTO author (name, age) VALUES (?, ?), (?, ?)', ['Ada', 36, 'Grace', null])
    }
    async down() {}
  }
  class Books1700000001000 {
    async up(runner) {
      await runner.query(
        'CREATE TABLE book (id integer PRIMARY KEY, author_id integer REFERENCES author (id) ON DELETE CASCADE, title text)',
      )
      for (const { id, name } of await runner.query('SELECT * FROM author'))
        await runner.query('INSERT INTO book (author_id, title) VALUES (?, ?)', [id, titleOf(name)])
      await runner.query('UPDATE author SET age = 0 WHERE age IS NULL')
      // A rebuild.
      const age = new TableColumn({ name: 'age', type: 'integer', isNullable: false, default: 0 })
      await runner.changeColumn('author', 'age', age)
    }
    async down() {}
  }
  return [Authors1700000000000, Books1700000001000]
}

async function openTypeorm(file) {
  const { DataSource } = await import('typeorm')
  const source = new DataSource({
    type: 'better-sqlite3',
    database: file,
    migrations: await typeormMigrations(),
    migrationsTransactionMode: 'each',
  })
  return source.initialize()
}

export async function typeorm({ file }) {
  const source = await openTypeorm(file)
  try {
    const applied = await source.runMigrations()
    return applied.map(({ name }) => name)
  } finally {
    await source.destroy()
  }
}

/** One migration, without the migrator of TypeORM, in a transaction of its own. */
export async function typeormUp({ name }) {
  const source = await openTypeorm('app.db')
  const [migration] = source.migrations.filter((each) => each.constructor.name === name)
  const runner = source.createQueryRunner()
  await runner.startTransaction()
  await migration.up(runner)
  await runner.commitTransaction()
  await runner.release()
  await source.destroy()
}

export async function umzug({ file }) {
  const { Umzug } = await import('umzug')
  const knex = await openKnex(file)
  const table = 'applied'
  const runner = new Umzug({
    // It would call the function that knex is.
    context: () => knex,
    logger: undefined,
    migrations: Object.entries(knexMigrations).map(([name, { up }]) => ({
      name,
      up: ({ context }) => up(context),
    })),
    storage: {
      executed: async () => {
        if (!(await knex.schema.hasTable(table)))
          await knex.schema.createTable(table, (each) => each.string('name').primary())
        return knex(table).pluck('name').orderBy('name')
      },
      logMigration: async ({ name }) => {
        await knex(table).insert({ name })
      },
      unlogMigration: async ({ name }) => {
        await knex(table).where({ name }).delete()
      },
    },
  })
  try {
    return (await runner.up()).map(({ name }) => name)
  } finally {
    await knex.destroy()
  }
}

/** Umzug as the command line of Sequelize uses it, by the driver sqlite3. */
export async function sequelize({ file }) {
  const { Umzug, SequelizeStorage } = await import('umzug')
  const { Sequelize, DataTypes } = await import('sequelize')
  const sequelize = new Sequelize({ dialect: 'sqlite', storage: file, logging: false })
  const runner = new Umzug({
    context: sequelize.getQueryInterface(),
    logger: undefined,
    storage: new SequelizeStorage({ sequelize }),
    migrations: [
      {
        name: '001-authors.js',
        up: async ({ context }) => {
          await context.createTable('author', {
            id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
            name: { type: DataTypes.STRING, allowNull: false },
            isKept: { type: DataTypes.BOOLEAN, defaultValue: true },
          })
          await context.bulkInsert('author', [{ name: 'Ada', isKept: false }, { name: 'Grace' }])
        },
      },
      {
        name: '002-books.js',
        up: async ({ context }) => {
          // A rebuild, which fails where rows refer to the table.
          await context.changeColumn('author', 'name', { type: DataTypes.STRING(80), allowNull: true })
          await context.createTable('book', {
            id: { type: DataTypes.INTEGER, primaryKey: true },
            author_id: { type: DataTypes.INTEGER, references: { model: 'author', key: 'id' } },
            title: DataTypes.TEXT,
          })
          for (const { id, name } of await context.select(null, 'author', {}))
            await context.sequelize.query('INSERT INTO book (author_id, title) VALUES ($id, $title)', {
              bind: { id, title: titleOf(name) },
            })
          await context.addIndex('book', ['author_id', 'title'], { unique: true })
        },
      },
    ],
  })
  try {
    return (await runner.up()).map(({ name }) => name)
  } finally {
    await sequelize.close()
  }
}

export async function mikroOrm({ file }) {
  const { MikroORM, EntitySchema } = await import('@mikro-orm/better-sqlite')
  const { Migration, Migrator } = await import('@mikro-orm/migrations')
  class Migration20260101000000 extends Migration {
    async up() {
      this.addSql(
        'create table `author` (`id` integer not null primary key autoincrement, `name` text not null);',
      )
      this.addSql("insert into `author` (`name`) values ('Ada'), ('Grace');")
    }
  }
  class Migration20260102000000 extends Migration {
    async up() {
      const authors = await this.execute('select * from author')
      this.addSql(
        'create table `book` (`id` integer primary key, `author_id` integer references `author` (`id`), `title` text);',
      )
      for (const { id, name } of authors)
        this.addSql(`insert into \`book\` (\`author_id\`, \`title\`) values (${id}, '${titleOf(name)}');`)
    }
  }
  const Author = new EntitySchema({
    name: 'Author',
    properties: { id: { type: 'number', primary: true }, name: { type: 'string' } },
  })
  const orm = await MikroORM.init({
    dbName: file,
    entities: [Author],
    extensions: [Migrator],
    migrations: {
      snapshot: false,
      migrationsList: [Migration20260101000000, Migration20260102000000].map((each) => ({
        name: each.name,
        class: each,
      })),
    },
  })
  try {
    const applied = await orm.getMigrator().up()
    return applied.map(({ name }) => name)
  } finally {
    await orm.close(true)
  }
}
