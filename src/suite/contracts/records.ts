import type { ContractDeclaration } from 'migration-proof'
import { primaryKeyOf } from './keys.ts'

const FEW_TO_SORT = 'the index has found the few rows that are left to sort'

/** `record` and `actor`: what the server indexes of the network. */
export const recordContracts: readonly ContractDeclaration[] = [
  {
    name: 'find a record by its uri',
    table: 'record',
    sql: 'SELECT * FROM record WHERE uri = ?',
    parameters: ['at://did:plc:a/app.b.c/1'],
    access: { index: primaryKeyOf('record') },
  },
  {
    name: 'find the records of a list of uris',
    table: 'record',
    sql: 'SELECT * FROM record WHERE uri IN (?, ?, ?)',
    parameters: ['at://did:plc:a/app.b.c/1', 'at://did:plc:a/app.b.c/2', 'at://did:plc:a/app.b.c/3'],
    access: { index: primaryKeyOf('record') },
  },
  {
    name: 'find the records of a list of CIDs',
    table: 'record',
    since: 3,
    sql: 'SELECT uri, cid FROM record WHERE cid IN (?, ?, ?)',
    parameters: ['bafyreia', 'bafyreib', 'bafyreic'],
    access: { index: 'idx_record_cid' },
  },
  {
    name: 'list the records of an account, newest first',
    table: 'record',
    sql: 'SELECT * FROM record WHERE did = ? ORDER BY indexed_at DESC',
    parameters: ['did:plc:a'],
    access: { index: 'idx_record_did', or: 'idx_record_did_collection' },
    sorts: FEW_TO_SORT,
  },
  {
    name: 'list the newest 100 records of a collection',
    table: 'record',
    sql: 'SELECT * FROM record WHERE collection = ? ORDER BY indexed_at DESC LIMIT 100',
    parameters: ['app.bsky.feed.post'],
    access: { index: 'idx_record_collection' },
    sorts: 'no index holds the records of a collection by time: all of them are read and sorted',
  },
  {
    name: 'insert or update a record',
    table: 'record',
    sql: `INSERT INTO record (uri, cid, did, collection, json) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (uri) DO UPDATE SET cid = excluded.cid, json = excluded.json, indexed_at = datetime('now')`,
    parameters: ['at://did:plc:a/app.b.c/1', 'bafyreia', 'did:plc:a', 'app.b.c', '{}'],
    access: { write: true },
  },
  {
    name: 'delete a record',
    table: 'record',
    sql: 'DELETE FROM record WHERE uri = ?',
    parameters: ['at://did:plc:a/app.b.c/1'],
    access: { index: primaryKeyOf('record') },
  },
  {
    name: 'count the records of every collection',
    table: 'record',
    sql: 'SELECT collection, count(*) FROM record GROUP BY collection',
    parameters: [],
    access: {
      scan: 'every record counts; the index holds the groups in order',
      through: 'idx_record_collection',
    },
  },
  {
    name: 'count the records of one collection',
    table: 'record',
    sql: 'SELECT count(*) FROM record WHERE collection = ?',
    parameters: ['app.bsky.feed.post'],
    access: { index: 'idx_record_collection' },
  },
  {
    name: 'find an account by its did',
    table: 'actor',
    sql: 'SELECT * FROM actor WHERE did = ?',
    parameters: ['did:plc:a'],
    access: { index: primaryKeyOf('actor') },
  },
  {
    name: 'find an account by its handle',
    table: 'actor',
    sql: 'SELECT * FROM actor WHERE handle = ?',
    parameters: ['alice.example'],
    access: { index: 'idx_actor_handle' },
  },
  {
    name: 'insert or update an account',
    table: 'actor',
    sql: `INSERT INTO actor (did, handle, indexed_at) VALUES (?, ?, ?)
      ON CONFLICT (did) DO UPDATE SET handle = excluded.handle, indexed_at = excluded.indexed_at`,
    parameters: ['did:plc:a', 'alice.example', '2025-11-25 00:00:00'],
    access: { write: true },
  },
  {
    name: 'count the accounts',
    table: 'actor',
    sql: 'SELECT count(*) FROM actor',
    parameters: [],
    access: { scan: 'every account counts' },
  },
]
