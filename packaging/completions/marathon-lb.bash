# Completion of marathon-lb for bash: made from the flag table, see docs/reference.md.
# Source this file, or put it as marathon-lb into /usr/share/bash-completion/completions.

_marathon_lb_offer() {
  # $1: the prefix that stays as it is, the rest: words of compgen.
  local prefix=$1
  shift
  mapfile -t COMPREPLY < <(compgen -P "$prefix" "$@")
}

_marathon_lb() {
  local word=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]} prefix=
  COMPREPLY=()
  # Readline takes --flag=value for three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $flag == = ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $flag in
    --group | --lru-cache-capacity | --min-serv-port-ip-per-task | --max-serv-port-ip-per-task | --cluster | -l | --listening | -u | --callback-url | --poll-interval | --answer-limit | --mass-removal-delay | --max-backoff | --health-after | --sse-idle-timeout | --auth-credentials | --dcos-auth-credentials | --archive-versions | --port-reload-delay | --http-bind | --https-bind | --appid-bind | --admin-bind | -c | --command | --max-reload-retries | --reload-interval | --hard-stop-after | --mworker-max-reloads | --shutdown-timeout | --from | --url | --format | --class | --watch | --max-errors | --max-wait)
      return
      ;;
    --unreachable-tasks)
      _marathon_lb_offer "$prefix" -W "keep drain remove" -- "$word"
      return
      ;;
    --task-networks | -m | --marathon | --admin-allow | --marathon-lb)
      [[ $word == -* ]] || return
      ;;
    --static-apps)
      compopt -o filenames
      _marathon_lb_offer "$prefix" -f -- "$word"
      [[ $word == -* ]] || return
      ;;
    --marathon-auth-credential-file | --marathon-ca-cert | --haproxy-config | --haproxy-binary | --snapshot | --syslog-socket)
      compopt -o filenames
      _marathon_lb_offer "$prefix" -f -- "$word"
      return
      ;;
    --ssl-certs)
      [[ $word == *,* ]] && prefix=${word%,*}, word=${word##*,}
      compopt -o filenames
      _marathon_lb_offer "$prefix" -f -- "$word"
      return
      ;;
    --backend-ca-dir | --templates-dir | --work-dir | --run-dir | --state-dir | --cert-dir)
      compopt -o filenames
      _marathon_lb_offer "$prefix" -d -- "$word"
      return
      ;;
    --allow-template-labels)
      [[ $word == *,* ]] && prefix=${word%,*}, word=${word##*,}
      _marathon_lb_offer "$prefix" -W "all none USERLIST_HEAD FRONTEND_HEAD FRONTEND_BACKEND_GLUE BACKEND_HEAD BACKEND_REDIRECT_HTTP_TO_HTTPS BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH BACKEND_HSTS_OPTIONS BACKEND_HTTP_OPTIONS BACKEND_STICKY_OPTIONS HTTP_FRONTEND_ACL HTTP_FRONTEND_ACL_WITH_AUTH HTTP_FRONTEND_ACL_WITH_PATH HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH HTTP_FRONTEND_ACL_ONLY HTTP_FRONTEND_ACL_ONLY_WITH_PATH HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH HTTP_FRONTEND_ROUTING_ONLY HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH HTTPS_FRONTEND_ACL HTTPS_FRONTEND_ACL_WITH_AUTH HTTPS_FRONTEND_ACL_WITH_PATH HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH HTTPS_FRONTEND_ACL_ONLY_WITH_PATH HTTPS_FRONTEND_AUTH_ACL_ONLY HTTPS_FRONTEND_AUTH_REQUEST_ONLY HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH MAP_HTTP_FRONTEND_ACL MAP_HTTP_FRONTEND_ACL_ONLY MAP_HTTPS_FRONTEND_ACL MAP_HTTP_FRONTEND_APPID_ACL HTTP_FRONTEND_APPID_ACL HTTP_BACKEND_PROXYPASS_GLUE HTTP_BACKEND_REVPROXY_GLUE HTTP_BACKEND_REDIR HTTP_BACKEND_NETWORK_ALLOWED_ACL TCP_BACKEND_NETWORK_ALLOWED_ACL BACKEND_HTTP_HEALTHCHECK_OPTIONS BACKEND_TCP_HEALTHCHECK_OPTIONS BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS BACKEND_SERVER_OPTIONS" -- "$word"
      return
      ;;
    --service-ports)
      _marathon_lb_offer "$prefix" -W "all without-vhost none" -- "$word"
      return
      ;;
    --steps)
      [[ $word == *,* ]] && prefix=${word%,*}, word=${word##*,}
      return
      ;;
    --log-level)
      _marathon_lb_offer "$prefix" -W "CRITICAL ERROR WARNING INFO DEBUG NOTSET" -- "$word"
      return
      ;;
    --log-format)
      _marathon_lb_offer "$prefix" -W "json" -- "$word"
      return
      ;;
    --access-log)
      _marathon_lb_offer "$prefix" -W "off json text" -- "$word"
      return
      ;;
    --access-log-target)
      _marathon_lb_offer "$prefix" -W "stdout /dev/log" -- "$word"
      return
      ;;
  esac
  if [[ $word == -* ]]; then
    _marathon_lb_offer "" -W "--group --strict-mode --health-check --ignore-readiness-checks --unreachable-tasks --task-networks --lru-cache-capacity --pods --static-apps --min-serv-port-ip-per-task --max-serv-port-ip-per-task --marathon --cluster --sse --listening --callback-url --poll-interval --full-fetch --answer-limit --mass-removal-delay --max-backoff --health-after --sse-idle-timeout --marathon-auth-credential-file --auth-credentials --dcos-auth-credentials --marathon-ca-cert --insecure-marathon --haproxy-config --dry --haproxy-map --group-https-by-vhost --ssl-certs --backend-ca-dir --templates-dir --allow-template-labels --trust-template-labels --archive-versions --skip-validation --skip-config-cleanup --strict-exit --dont-bind-http-https --service-ports --port-reload-delay --http-bind --https-bind --http3 --appid-bind --admin-bind --admin-allow --command --max-reload-retries --reload-interval --haproxy-binary --no-runtime-updates --keep-counters --hard-stop-after --mworker-max-reloads --shutdown-timeout --work-dir --run-dir --state-dir --cert-dir --from --json --url --format --class --strict --snapshot --marathon-lb --steps --watch --max-errors --max-wait --resume --complete-now --rollback --log-level --log-format --syslog-socket --access-log --access-log-target --help --longhelp --version" -- "$word"
  elif ((COMP_CWORD == 1)); then
    _marathon_lb_offer "" -W "sse event poll health explain validate deploy export import check-migration" -- "$word"
  elif [[ ${COMP_WORDS[1]} == @(validate|deploy) ]]; then
    compopt -o filenames
    _marathon_lb_offer "" -f -- "$word"
  fi
}

complete -F _marathon_lb marathon-lb
