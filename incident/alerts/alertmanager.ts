/** Alertmanager's configuration, as far as it is ours. */
export interface AlertmanagerConfig {
  readonly templates: readonly string[];
  readonly route: object;
  readonly receivers: readonly object[];
}

/** Name of the file with the template. */
export const templateFile = "proxmox-fleet.tmpl";

/**
 * A route to Slack: what is critical at once and again every hour, the rest gathered and once a day.
 *
 * @param slackUrlFile path of the file on Alertmanager's host that holds the webhook's address: never the address itself
 */
export function alertmanagerConfig(slackUrlFile: string): AlertmanagerConfig {
  return {
    templates: [templateFile],
    route: {
      receiver: "slack",
      group_by: ["alertname", "job", "instance", "vmid", "id"],
      group_wait: "1m",
      group_interval: "5m",
      repeat_interval: "1d",
      routes: [
        {
          matchers: ['severity="critical"'],
          receiver: "slack",
          group_wait: "0s",
          group_interval: "1m",
          repeat_interval: "1h",
        },
      ],
    },
    receivers: [
      {
        name: "slack",
        slack_configs: [
          {
            api_url_file: slackUrlFile,
            send_resolved: true,
            color: '{{ template "fleet.color" . }}',
            title: '{{ template "fleet.title" . }}',
            text: '{{ template "fleet.text" . }}',
            fallback: '{{ template "fleet.title" . }}',
          },
        ],
      },
    ],
  };
}

/** What a message says: the alert, then what to do, the command that comes first before anything else. */
export const messageTemplate = `{{ define "fleet.color" }}{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end }}{{ end }}

{{ define "fleet.title" }}{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ .CommonLabels.alertname }}{{ with .CommonAnnotations.summary }}: {{ . }}{{ end }}{{ end }}

{{ define "fleet.text" }}{{ range .Alerts }}{{ if eq .Status "resolved" }}Over since {{ .EndsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}: {{ .Annotations.summary }}
{{ else }}*{{ .Annotations.summary }}*
1. \`{{ .Annotations.first }}\`
2. {{ .Annotations.next }}
Since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}. {{ .Annotations.description }}
Runbook: {{ .Annotations.runbook }}
{{ end }}{{ end }}{{ end }}
`;
