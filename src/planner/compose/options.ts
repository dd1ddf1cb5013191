/** Settings of database servers in words, as their programs are told them: "transaction isolation READ-COMMITTED", "max_connections 300". */
import type { Engine } from '../catalogue/app.ts';
import type { Service } from './project.ts';

interface Options {
  readonly spell: (name: string, value: string) => readonly string[];
  /** The program itself, where its image asks for it before options. */
  readonly program: readonly string[];
  /** As the manual names them; a word in brackets is often left out. */
  readonly names: readonly string[];
}

const SERVERS: Readonly<Partial<Record<Engine, Options>>> = {
  // https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
  mysql: {
    spell: (name, value) => [`--${name.replaceAll('_', '-')}=${value}`],
    program: [],
    names: ['max_connections', 'transaction_isolation', 'binlog_format', 'character_set(_server)', 'collation(_server)', 'innodb_buffer_pool_size', 'max_allowed_packet', 'sql_mode', 'server_id', 'wait_timeout', 'slow_query_log', 'long_query_time', 'lower_case_table_names', 'default_time_zone', 'innodb_flush_log_at_trx_commit', 'innodb_file_per_table', '(default_)authentication_plugin', 'event_scheduler', 'general_log', 'log_bin', 'local_infile', 'gtid_mode'],
  },
  // https://www.postgresql.org/docs/current/runtime-config.html
  postgres: {
    spell: (name, value) => ['-c', `${name}=${value}`],
    program: ['postgres'],
    names: ['max_connections', 'shared_buffers', 'work_mem', 'maintenance_work_mem', 'effective_cache_size', 'wal_level', 'max_wal_senders', 'max_wal_size', 'max_replication_slots', 'wal_keep_size', 'log_statement', 'log_min_duration_statement', 'shared_preload_libraries', 'synchronous_commit', 'fsync', 'idle_in_transaction_session_timeout', 'statement_timeout', 'max_worker_processes', 'password_encryption', 'hot_standby', 'random_page_cost'],
  },
}; // prettier-ignore

const FULL: Readonly<Record<string, string>> = {
  character_set: 'character_set_server',
  collation: 'collation_server',
  authentication_plugin: 'default_authentication_plugin',
};
const VALUE = String.raw`(\d[\w.]*|["'\x60][^"'\x60\s]+["'\x60]|[A-Z][A-Z0-9_]+(?:-[A-Z]+)*(?![a-z])|utf8\w*|latin1|on\b|off\b|logical\b|replica\b|minimal\b|all\b|ddl\b|none\b|mod\b|local\b|pg_\w+|scram-sha-256|md5|mysql_native_password|caching_sha2_password)`;

/** Written like its variable, or with its words apart. */
const words = (name: string): string => name.replace(/\((\w+)\)/g, '(?:$1)?').replaceAll('_', '[ _-]');

export function serverOptions(service: Service): void {
  const server = SERVERS[service.app?.engine ?? 'redis'];
  if (server === undefined || service.app?.role !== 'database' || service.build !== undefined || service.words.command !== undefined) return; // prettier-ignore
  const found = server.names.flatMap((name) => {
    const match = service.words.said.take(new RegExp(String.raw`(?<![\w-])${words(name)}(?:\s+level)?\s*(?:=|:|\b(?:of|to|is|set to|at|as)\s)?\s*${VALUE}`, 'i')); // prettier-ignore
    if (match?.[1] === undefined) return [];
    const plain = name.replace(/\(\w+\)/g, '');
    return [server.spell(FULL[plain] ?? plain, match[1].replace(/["'`]/g, ''))];
  });
  if (found.length > 0) service.extra['command'] = [...server.program, ...service.words.flags, ...found.flat()];
}
