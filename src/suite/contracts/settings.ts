import type { ContractDeclaration } from 'migration-proof'
import { primaryKeyOf } from './keys.ts'

/** `lexicon` and `config`: what the operator sets for the server. */
export const settingContracts: readonly ContractDeclaration[] = [
  {
    name: 'find a lexicon document',
    table: 'lexicon',
    sql: 'SELECT * FROM lexicon WHERE id = ?',
    parameters: ['app.bsky.feed.post'],
    access: { index: primaryKeyOf('lexicon') },
  },
  {
    name: 'list the lexicon documents, newest first',
    table: 'lexicon',
    sql: 'SELECT * FROM lexicon ORDER BY created_at DESC',
    parameters: [],
    access: { scan: 'all of them are wanted', through: 'idx_lexicon_created_at' },
  },
  {
    name: 'insert or update a lexicon document',
    table: 'lexicon',
    sql: `INSERT INTO lexicon (id, json) VALUES (?, ?)
      ON CONFLICT (id) DO UPDATE SET json = excluded.json, created_at = datetime('now')`,
    parameters: ['app.bsky.feed.post', '{}'],
    access: { write: true },
  },
  {
    name: 'read a setting',
    table: 'config',
    sql: 'SELECT value FROM config WHERE key = ?',
    parameters: ['domain_authority'],
    access: { index: primaryKeyOf('config') },
  },
  {
    name: 'insert or update a setting',
    table: 'config',
    sql: `INSERT INTO config (key, value) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = datetime('now')`,
    parameters: ['domain_authority', 'example.com'],
    access: { write: true },
  },
  {
    name: 'delete a setting',
    table: 'config',
    sql: 'DELETE FROM config WHERE key = ?',
    parameters: ['domain_authority'],
    access: { index: primaryKeyOf('config') },
  },
]
