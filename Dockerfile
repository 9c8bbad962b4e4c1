# Airflow with this project inside. What runs is the lock file's versions, of this project and of what Airflow needs here.
FROM apache/airflow:3.3.2-python3.11

COPY docker/requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --requirement /tmp/requirements.txt

COPY pipeline.yaml /opt/airflow/
COPY include /opt/airflow/include
COPY plugins /opt/airflow/plugins
COPY dags /opt/airflow/dags
COPY docs/operating.md /opt/airflow/docs/operating.md

# The last folder has what Airflow imports first: it loads the libraries of the tasks before they are forked.
ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins:/opt/airflow/plugins/oi_airflow/local_settings \
    OI_HOME=/opt/airflow/oi \
    GX_ANALYTICS_ENABLED=false

# A named volume takes over the owner of the folder that it is mounted on.
RUN mkdir -p /opt/airflow/oi /opt/airflow/logs
