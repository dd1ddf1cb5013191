/** Names in dependency lists, and what they say about a project. */

export type Role = 'framework' | 'tool' | 'store';

interface Known {
  /** A dependency's name, whole or as a pattern. */
  readonly name: string | RegExp;
  readonly id: string;
  readonly role: Role;
}

const known = (role: Role, ids: string): Known[] =>
  ids.split(' ').map((entry) => {
    const [name = entry, id = name] = entry.split('=');
    return { name, id, role };
  });

/** By where the dependency is written; `name=id` where the two differ. */
export const KNOWN: Readonly<Record<'node' | 'python' | 'go' | 'java' | 'rust' | 'php' | 'ruby' | 'dotnet', readonly Known[]>> = {
  node: [
    ...known('framework', 'react vue svelte next nuxt @angular/core=angular astro @remix-run/react=remix express fastify koa hono'),
    ...known('framework', '@nestjs/core=nestjs electron react-native @sveltejs/kit=sveltekit @hapi/hapi=hapi solid-js=solid'),
    ...known('framework', '@types/vscode=vscode-extension langchain=langchain @modelcontextprotocol/sdk=mcp'),
    ...known('tool', 'typescript eslint prettier vite webpack esbuild rollup jest vitest mocha playwright @playwright/test=playwright'),
    ...known('tool', 'cypress @biomejs/biome=biome turbo nx lerna prisma drizzle-orm=drizzle knip husky'),
    ...known('store', 'pg=postgresql postgres=postgresql mysql2=mysql mongodb mongoose=mongodb redis ioredis=redis kafkajs=kafka'),
    ...known('store', 'amqplib=rabbitmq nats @elastic/elasticsearch=elasticsearch sqlite3=sqlite better-sqlite3=sqlite minio'),
  ],
  python: [
    ...known('framework', 'fastapi django flask starlette tornado aiohttp celery streamlit langchain transformers torch pulumi'),
    ...known('framework', 'sanic litestar pyramid airflow apache-airflow=airflow dash gradio'),
    ...known('tool', 'pytest ruff black mypy pylint flake8 isort tox nox uvicorn gunicorn alembic pre-commit hatchling'),
    ...known('store', 'psycopg=postgresql psycopg2=postgresql psycopg2-binary=postgresql asyncpg=postgresql pymysql=mysql mysqlclient=mysql'),
    ...known('store', 'redis pymongo=mongodb motor=mongodb kafka-python=kafka aiokafka=kafka pika=rabbitmq elasticsearch nats-py=nats'),
  ],
  go: [
    ...known('framework', 'github.com/gin-gonic/gin=gin github.com/labstack/echo/v4=echo github.com/gofiber/fiber/v2=fiber'),
    ...known('framework', 'github.com/go-chi/chi/v5=chi google.golang.org/grpc=grpc sigs.k8s.io/controller-runtime=controller-runtime'),
    ...known('framework', 'github.com/spf13/cobra=cobra k8s.io/client-go=client-go'),
    ...known('tool', 'github.com/stretchr/testify=testify'),
    ...known('store', 'github.com/lib/pq=postgresql github.com/jackc/pgx/v5=postgresql github.com/go-sql-driver/mysql=mysql'),
    ...known('store', 'github.com/redis/go-redis/v9=redis go.mongodb.org/mongo-driver=mongodb github.com/segmentio/kafka-go=kafka'),
    ...known('store', 'github.com/nats-io/nats.go=nats github.com/rabbitmq/amqp091-go=rabbitmq'),
  ],
  java: [
    { name: /spring-boot/, id: 'spring-boot', role: 'framework' },
    { name: /quarkus/, id: 'quarkus', role: 'framework' },
    { name: /micronaut/, id: 'micronaut', role: 'framework' },
    { name: /ktor/, id: 'ktor', role: 'framework' },
    { name: /junit/, id: 'junit', role: 'tool' },
    { name: /^postgresql$/, id: 'postgresql', role: 'store' },
    { name: /^mysql-connector/, id: 'mysql', role: 'store' },
    { name: /kafka/, id: 'kafka', role: 'store' },
    { name: /mongodb/, id: 'mongodb', role: 'store' },
    { name: /redis|lettuce|jedis/, id: 'redis', role: 'store' },
  ],
  rust: [
    ...known('framework', 'axum actix-web rocket warp tonic tokio tauri leptos'),
    ...known('store', 'tokio-postgres=postgresql redis mongodb rdkafka=kafka async-nats=nats'),
  ],
  php: [
    ...known('framework', 'laravel/framework=laravel symfony/framework-bundle=symfony slim/slim=slim'),
    ...known('tool', 'phpunit/phpunit=phpunit phpstan/phpstan=phpstan'),
  ],
  ruby: [...known('framework', 'rails sinatra hanami'), ...known('tool', 'rspec rubocop puma sidekiq'), ...known('store', 'pg=postgresql mysql2=mysql redis')],
  dotnet: [
    { name: /^Microsoft\.AspNetCore|^Microsoft\.NET\.Sdk\.Web$/, id: 'aspnetcore', role: 'framework' },
    { name: /^xunit/, id: 'xunit', role: 'tool' },
    { name: /^Npgsql/, id: 'postgresql', role: 'store' },
    { name: /^StackExchange\.Redis/, id: 'redis', role: 'store' },
  ],
}; // prettier-ignore

/** The ids of a role among dependencies, each once, in the order of the table. */
export function recognised(ecosystem: keyof typeof KNOWN, names: readonly string[], role: Role): string[] {
  const there = new Set(names);
  const found = KNOWN[ecosystem]
    .filter((k) => k.role === role)
    .filter((k) => (typeof k.name === 'string' ? there.has(k.name) : names.some((n) => (k.name as RegExp).test(n))))
    .map((k) => k.id);
  return [...new Set(found)];
}
