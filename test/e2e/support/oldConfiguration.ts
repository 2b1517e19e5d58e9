import { cookieValue, serverId, serverName } from "../../../lib/core/render/names.ts";

export interface OldTask {
  readonly host: string;
  readonly port: number;
}

/**
 * What the Python Marathon-LB would serve of the app `/shop/web`, a sticky HTTP app with HSTS and the vhosts shop.test and
 * www.shop.test.
 */
export function oldConfiguration(servicePort: number, tasks: readonly OldTask[]): string {
  const backend = `shop_web_${servicePort}`;
  const taken = new Set<number>();
  const servers = tasks.toSorted((one, other) => one.port - other.port).map(({ host, port }) => {
    const name = serverName({ host, ip: host, port, draining: false });
    return `  server ${name} ${host}:${port} id ${serverId(name, taken)} check cookie ${cookieValue(name)}`;
  });
  return `global
  log /dev/log local0
  log /dev/log local1 notice
  spread-checks 5
  max-spread-checks 15000
  maxconn 50000
  tune.ssl.default-dh-param 2048
  ssl-default-bind-ciphers ${ciphers}
  ssl-default-bind-options no-sslv3 no-tlsv10 no-tls-tickets
  ssl-default-server-ciphers ${ciphers}
  ssl-default-server-options no-sslv3 no-tlsv10 no-tls-tickets
  stats socket /var/run/haproxy/socket expose-fd listeners
  server-state-file global
  server-state-base /var/state/haproxy/
  lua-load /marathon-lb/getpids.lua
  lua-load /marathon-lb/getconfig.lua
  lua-load /marathon-lb/getmaps.lua
  lua-load /marathon-lb/signalmlb.lua
defaults
  load-server-state-from-file global
  log               global
  retries                   3
  backlog               10000
  maxconn               10000
  timeout connect          3s
  timeout client          30s
  timeout server          30s
  timeout tunnel        3600s
  timeout http-keep-alive  1s
  timeout http-request    15s
  timeout queue           30s
  timeout tarpit          60s
  option            dontlognull
  option            http-server-close
  option            redispatch
listen stats
  bind 0.0.0.0:9090
  balance
  mode http
  stats enable
  http-request use-service prometheus-exporter if { path /metrics }
  monitor-uri /_haproxy_health_check
  acl getpid path /_haproxy_getpids
  http-request use-service lua.getpids if getpid
  acl getvhostmap path /_haproxy_getvhostmap
  http-request use-service lua.getvhostmap if getvhostmap
  acl getappmap path /_haproxy_getappmap
  http-request use-service lua.getappmap if getappmap
  acl getconfig path /_haproxy_getconfig
  http-request use-service lua.getconfig if getconfig

  acl signalmlbhup path /_mlb_signal/hup
  http-request use-service lua.signalmlbhup if signalmlbhup
  acl signalmlbusr1 path /_mlb_signal/usr1
  http-request use-service lua.signalmlbusr1 if signalmlbusr1

frontend marathon_http_in
  bind *:80
  mode http
  acl host_shop_test_shop_web hdr(host) -i shop.test
  acl host_shop_test_shop_web hdr(host) -i www.shop.test
  use_backend ${backend} if host_shop_test_shop_web

frontend marathon_http_appid_in
  bind *:9091
  mode http
  acl app__shop_web hdr(x-marathon-app-id) -i /shop/web
  use_backend ${backend} if app__shop_web

frontend marathon_https_in
  bind *:443 ssl crt /etc/ssl/cert.pem
  mode http
  use_backend ${backend} if { ssl_fc_sni shop.test }
  use_backend ${backend} if { ssl_fc_sni www.shop.test }

frontend ${backend}
  bind *:${servicePort}
  mode http
  use_backend ${backend}

backend ${backend}
  balance roundrobin
  mode http
  rspadd  Strict-Transport-Security:\\ max-age=15768000
  option forwardfor
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request add-header X-Forwarded-Proto https if { ssl_fc }
  cookie mesosphere_server_id insert indirect nocache
${servers.join("\n")}
`;
}

const ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
  "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256:" +
  "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES128-SHA256:" +
  "DHE-RSA-AES256-SHA256:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:!aNULL:!MD5:!DSS";
